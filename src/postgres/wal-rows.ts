// Which rows of tables a WAL record changes (access/heapam_xlog.h, the same from 13 to 18).

import { rowHeader, rowsOn } from './heap-page.ts';
import type { RelationFile } from './relation-file.ts';
import { type BlockReference, bodyOf, firstFile, pageOf, type RecordBody } from './wal-blocks.ts';
import type { RecordBytes } from './wal-meaning.ts';

export const heapManager = 10;
export const heap2Manager = 9;

export interface RowsChanged {
  readonly is: 'insert' | 'update' | 'delete';
  readonly file: RelationFile;
  readonly rows: number;
}

const kindMask = 0x70;
const [insert, remove, update, hotUpdate, inPlace] = [0x00, 0x10, 0x20, 0x40, 0x70];
const multiInsert = 0x50;
/** Flags of xl_heap_delete: an ON CONFLICT that came second took back its row; an UPDATE moved the row to another partition. */
const [isSuper, isMove] = [0x08, 0x10];
/** Flags of xl_heap_update: what the new row has in common with the old one is left out. */
const fromOld = 0x20 | 0x40;

/** Of a record of the heap's resource managers; undefined where it changes none: a lock, a page tidied up. */
export function rowsChanged(record: RecordBytes): RowsChanged | undefined {
  const { bytes, at } = record;
  const kind = (bytes[at + 16] ?? 0) & kindMask;
  const file = firstFile(record);
  if (file === undefined) return undefined;
  if (bytes[at + 17] === heap2Manager)
    return kind === multiInsert
      ? { is: 'insert', file, rows: bytes.readUInt16LE(bodyOf(record).main.at + 2) }
      : undefined;
  if (kind === insert) return { is: 'insert', file, rows: 1 };
  if (kind === update || kind === hotUpdate) return { is: 'update', file, rows: 1 };
  if (kind !== remove) return undefined;
  const flags = bytes[bodyOf(record).main.at + 7] ?? 0;
  if ((flags & isSuper) !== 0) return undefined;
  return { is: (flags & isMove) === 0 ? 'delete' : 'update', file, rows: 1 };
}

/** A row by its place: block and number on it. */
export type RowId = string;

/** What became of one row of a catalog. */
export type CatalogChange =
  | { readonly is: 'insert'; readonly row: RowId }
  | { readonly is: 'update'; readonly row: RowId; readonly old: RowId }
  | { readonly is: 'delete'; readonly row: RowId }
  /** Overwritten at once and for good, whatever becomes of the transaction. */
  | { readonly is: 'in-place'; readonly row: RowId };

export function catalogChange(record: RecordBytes): CatalogChange | undefined {
  const { bytes, at } = record;
  if (bytes[at + 17] !== heapManager) return undefined;
  const kind = (bytes[at + 16] ?? 0) & kindMask;
  const { blocks, main } = bodyOf(record);
  const [first, second] = blocks;
  if (first === undefined) return undefined;
  const row = (offset: number, { block }: BlockReference = first): RowId =>
    `${block}/${bytes.readUInt16LE(main.at + offset)}`;
  if (kind === insert) return { is: 'insert', row: row(0) };
  if (kind === inPlace) return { is: 'in-place', row: row(0) };
  if (kind === remove) return { is: 'delete', row: row(4) };
  if (kind !== update && kind !== hotUpdate) return undefined;
  // The new row's page comes first; the old one's only where it is another.
  return { is: 'update', row: row(12), old: row(4, second ?? first) };
}

/** The rows that can be read in the record: of each page that it has whole, and the one that it puts there. */
export function rowsIn(record: RecordBytes): Buffer[] {
  const body = bodyOf(record);
  const whole = body.blocks.flatMap(({ image }) => {
    const page = image === null ? undefined : pageOf(record, image);
    return page === undefined ? [] : rowsOn(page).map(({ data }) => data);
  });
  const own = newRow(record, body);
  return own === undefined ? whole : [...whole, own];
}

function newRow({ bytes, at }: RecordBytes, { blocks: [block], main }: RecordBody): Buffer | undefined {
  const kind = (bytes[at + 16] ?? 0) & kindMask;
  if (bytes[at + 17] !== heapManager || block === undefined || block.data.length === 0) return undefined;
  const updates = kind === update || kind === hotUpdate;
  if (kind !== insert && (!updates || ((bytes[main.at + 7] ?? 0) & fromOld) !== 0)) return undefined;
  // xl_heap_header: two infomasks and the length of the header, then the row from behind its fixed part on.
  const from = block.data.at + 5 + (bytes[block.data.at + 4] ?? rowHeader) - rowHeader;
  const data = bytes.subarray(from, block.data.at + block.data.length);
  return data.length > 0 ? data : undefined;
}
