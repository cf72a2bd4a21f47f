// One member of a tar archive as it is written: its header, and what fills up its last block. Pure.

export interface TarMember {
  /** As bytes: names are what the file system says, in any encoding. */
  readonly path: Buffer;
  readonly kind: 'file' | 'directory' | 'link';
  readonly target: Buffer | null;
  readonly size: number;
  readonly mode: number;
}

const block = 512;
const types = { file: '0', link: '2', directory: '5' } as const;

/** Ustar; a name longer than its 100 bytes goes before it as GNU's own member (`././@LongLink`), which GNU tar, bsdtar and busybox read. */
export function tarHeader(member: TarMember): Buffer {
  const long = [
    ...(member.path.length > 100 ? [longName('L', member.path)] : []),
    ...(member.target !== null && member.target.length > 100 ? [longName('K', member.target)] : []),
  ];
  const type = types[member.kind];
  return Buffer.concat([...long, header(member.path, type, member.size, member.mode, member.target)]);
}

/** Zero bytes that follow a content of `size` bytes. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

/** Behind the last member. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

function longName(type: 'L' | 'K', name: Buffer): Buffer {
  const content = Buffer.concat([name, Buffer.of(0)]);
  return Buffer.concat([
    header(Buffer.from('././@LongLink'), type, content.length, 0, null),
    content,
    tarPadding(content.length),
  ]);
}

function header(path: Buffer, type: string, size: number, mode: number, target: Buffer | null): Buffer {
  const bytes = Buffer.alloc(block);
  path.copy(bytes, 0, 0, 100);
  bytes.write(octal(mode, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  // Eleven digits hold 8 GB; no file of PostgreSQL's is that long, but one that somebody left in the directory may be.
  if (size < 8 ** 11) bytes.write(octal(size, 11), 124);
  else base256(bytes, size);
  bytes.write(octal(0, 11), 136);
  bytes.write('        ', 148);
  bytes.write(type, 156);
  target?.copy(bytes, 157, 0, 100);
  bytes.write('ustar\0' + '00', 257, 'latin1');
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return bytes;
}

const octal = (number: number, digits: number): string => number.toString(8).padStart(digits, '0');

function base256(bytes: Buffer, size: number): void {
  bytes[124] = 0x80;
  bytes.writeBigUInt64BE(BigInt(size), 128);
}
