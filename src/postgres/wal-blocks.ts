// Which pages of which relations a WAL record is about, the images of pages in it, and its main data (access/xlogrecord.h).

import { type RelationFile, relationFileAt, relationFileLength } from './relation-file.ts';
import { type RecordBytes, recordHeader } from './wal-meaning.ts';
import { walPageSize } from './wal-page-header.ts';

interface Part {
  /** Place in the bytes of the record. */
  readonly at: number;
  readonly length: number;
}

export interface BlockReference {
  readonly file: RelationFile;
  /** 0 main, 1 free space map, 2 visibility map, 3 init. */
  readonly fork: number;
  readonly block: number;
  readonly image: Image | null;
  readonly data: Part;
}

interface Image extends Part {
  /** The unused middle of the page is left out. */
  readonly hole: Part;
  readonly compressed: boolean;
}

export interface RecordBody {
  readonly blocks: readonly BlockReference[];
  readonly main: Part;
}

/** Bits of a block's header. */
const [forkMask, hasImage, hasData, sameFile] = [0x0f, 0x10, 0x20, 0x80];
const [shortMain, longMain, origin, topLevel] = [255, 254, 253, 252];
const hasHole = 0x01;
/** Until 14 there was pglz only; 15 moved its bit and added lz4 and zstd. */
const compressedBits = (major: number): number => (major < 15 ? 0x02 : 0x04 | 0x08 | 0x10);

/** The record must be there to its end. */
export function bodyOf({ bytes, at, major }: RecordBytes): RecordBody {
  const end = at + bytes.readUInt32LE(at);
  const found: { file: RelationFile; fork: number; block: number; image: Omit<Image, 'at'> | null; data: number }[] =
    [];
  let header = at + recordHeader;
  let file: RelationFile | undefined;
  let main = 0;
  // The data follow behind all headers, in the same order, those of the record itself at last.
  for (let length = 0; header + length < end;) {
    const id = bytes[header] ?? 0;
    if (id === shortMain || id === longMain) {
      main = id === shortMain ? (bytes[header + 1] ?? 0) : bytes.readUInt32LE(header + 1);
      header += id === shortMain ? 2 : 5;
      break;
    }
    if (id === origin || id === topLevel) {
      header += id === origin ? 3 : 5;
      continue;
    }
    const flags = bytes[header + 1] ?? 0;
    const data = (flags & hasData) === 0 ? 0 : bytes.readUInt16LE(header + 2);
    header += 4;
    let image: Omit<Image, 'at'> | null = null;
    if ((flags & hasImage) !== 0) {
      const info = bytes[header + 4] ?? 0;
      const compressed = (info & compressedBits(major)) !== 0;
      const size = bytes.readUInt16LE(header);
      const holeAt = bytes.readUInt16LE(header + 2);
      header += 5;
      let hole = (info & hasHole) === 0 ? 0 : walPageSize - size;
      if (compressed && (info & hasHole) !== 0) {
        hole = bytes.readUInt16LE(header);
        header += 2;
      }
      image = { length: size, compressed, hole: { at: holeAt, length: hole } };
    }
    if ((flags & sameFile) === 0) {
      file = relationFileAt(bytes, header);
      header += relationFileLength;
    }
    if (file === undefined) break;
    found.push({ file, fork: flags & forkMask, block: bytes.readUInt32LE(header), image, data });
    header += 4;
    length += data + (image?.length ?? 0);
  }
  let place = header;
  const blocks = found.map(({ image, data, ...one }) => {
    const from = place;
    place += (image?.length ?? 0) + data;
    return { ...one, image: image && { ...image, at: from }, data: { at: place - data, length: data } };
  });
  return { blocks, main: { at: place, length: main } };
}

/** The page of the first reference, without reading the rest: there are a hundred thousand records in a segment. Undefined where there is none. */
export function firstFile({ bytes, at, major }: RecordBytes): RelationFile | undefined {
  let header = at + recordHeader;
  while (bytes[header] === origin || bytes[header] === topLevel) header += bytes[header] === origin ? 3 : 5;
  if (bytes[header] !== 0) return undefined;
  const flags = bytes[header + 1] ?? 0;
  header += 4;
  if ((flags & hasImage) !== 0) {
    const info = bytes[header + 4] ?? 0;
    header += (info & hasHole) !== 0 && (info & compressedBits(major)) !== 0 ? 7 : 5;
  }
  return relationFileAt(bytes, header);
}

/** The page as it is after the record; undefined where its image is compressed. */
export function pageOf({ bytes }: RecordBytes, { at, length, hole, compressed }: Image): Buffer | undefined {
  if (compressed) return undefined;
  const page = Buffer.alloc(walPageSize);
  bytes.copy(page, 0, at, at + hole.at);
  bytes.copy(page, hole.at + hole.length, at + hole.at, at + length);
  return page;
}
