// The `files` object of a backup: a line of JSON for each entry, in the order they came; the places of its blocks as base64 of fixed-size records. Pure.

import { type Bytes, bytes } from '../time.ts';
import { type BackupFile, blockSize } from './backup.ts';
import { readRecord, recordCount, recordSize } from './block-record.ts';

/** An entry whose blocks are still packed up: a {@link BackupFile} of a relation of 1 GB would be ten thousand objects. */
export interface PackedFile extends Omit<BackupFile, 'blocks'> {
  readonly records: Buffer;
}

/** What may be left out is left out: most entries are plain files with a UTF-8 name. */
interface Line {
  readonly path: string;
  readonly encoded?: true;
  readonly kind?: 'directory' | 'link';
  readonly target?: string;
  readonly size?: number;
  readonly mode: number;
  readonly modified: number;
  readonly blocks?: string;
}

/** With its line feed. */
export function fileLine({ path, encoded, kind, target, size, mode, modified, records }: PackedFile): string {
  const line: Line = {
    path,
    ...(encoded && { encoded }),
    ...(kind !== 'file' && { kind }),
    ...(target !== null && { target }),
    ...(size > 0 && { size }),
    mode,
    modified,
    ...(records.length > 0 && { blocks: records.toString('base64') }),
  };
  return `${JSON.stringify(line)}\n`;
}

/** Undefined where it is no such line, or its blocks do not make up its size. */
export function readFileLine(text: string): PackedFile | undefined {
  const line = parsed(text);
  if (line === undefined || typeof line.path !== 'string') return undefined;
  const { path, encoded = false, kind = 'file', target = null, size = 0, mode, modified, blocks = '' } = line;
  const records = Buffer.from(blocks, 'base64');
  if (records.length !== blocksOf(size) * recordSize) return undefined;
  return { path, encoded, kind, target, size: bytes(size), mode, modified, records };
}

export function unpacked({ records, ...file }: PackedFile): BackupFile {
  return { ...file, blocks: Array.from({ length: recordCount(records) }, (_, index) => readRecord(records, index)) };
}

/** How many blocks a file of this size has. */
export const blocksOf = (size: number | Bytes): number => Math.ceil(size / blockSize);

/** How long the block at `index` of a file of this size is. */
export const blockLength = (size: number | Bytes, index: number): number =>
  Math.min(blockSize, size - index * blockSize);

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
