// The rows on a page of a table (storage/bufpage.h, access/htup_details.h).

export interface RowOnPage {
  /** Its number on the page, from 1 on (OffsetNumber). */
  readonly offset: number;
  /** The values of its columns, behind the header. */
  readonly data: Buffer;
  /** A transaction, perhaps one that was rolled back, has deleted it or put another version in its place. */
  readonly ended: boolean;
}

const pageHeader = 24;
const normal = 1;
const invalidXmax = 0x0800;
/** Of a row: its fixed part; then comes a map of nulls. */
export const rowHeader = 23;

/** Every row that still has its bytes, dead ones too. */
export function rowsOn(page: Buffer): RowOnPage[] {
  const count = Math.max(0, Math.floor((page.readUInt16LE(12) - pageHeader) / 4));
  return Array.from({ length: count }, (_, i) => i + 1).flatMap(offset => {
    const row = rowAt(page, offset);
    return row === undefined ? [] : [row];
  });
}

function rowAt(page: Buffer, offset: number): RowOnPage | undefined {
  const place = pageHeader + (offset - 1) * 4;
  if (place + 4 > page.length) return undefined;
  const pointer = page.readUInt32LE(place);
  const [at, flags, length] = [pointer & 0x7fff, (pointer >>> 15) & 3, pointer >>> 17];
  if (flags !== normal || length < rowHeader || at + length > page.length) return undefined;
  const data = at + (page[at + 22] ?? rowHeader);
  const ended = page.readUInt32LE(at + 4) !== 0 && (page.readUInt16LE(at + 20) & invalidXmax) === 0;
  return { offset, data: page.subarray(data, at + length), ended };
}
