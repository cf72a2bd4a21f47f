// Tar archives as PostgreSQL writes them (src/port/tar.c), for tests: plain ustar, names as bytes, sizes of 8 GB and more in base-256.

export interface TarMember {
  readonly name: string | Buffer;
  readonly content?: Buffer;
  readonly type?: '0' | '2' | '5';
  readonly target?: string;
  readonly mode?: number;
  readonly modified?: number;
  /** Another size than that of the content: a lie, or a file too large to be held. */
  readonly size?: number;
}

export function tarHeader({
  name,
  content,
  type = '0',
  target = '',
  mode = 0o600,
  modified = 0,
  size,
}: TarMember): Buffer {
  const header = Buffer.alloc(512);
  Buffer.from(name as string).copy(header, 0, 0, 100);
  octal(header, 100, 8, mode);
  octal(header, 108, 8, 26);
  octal(header, 116, 8, 26);
  const length = size ?? content?.length ?? 0;
  if (length < 8 ** 11) octal(header, 124, 12, length);
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(length), 128);
  }
  octal(header, 136, 12, modified);
  header.write(type, 156, 'latin1');
  Buffer.from(target).copy(header, 157, 0, 100);
  header.write('ustar\u000000', 257, 'latin1');
  header.fill(' ', 148, 156);
  octal(
    header,
    148,
    7,
    header.reduce((sum, byte) => sum + byte, 0),
  );
  return header;
}

/** `trailer`: the two empty blocks that servers before 15 leave out. */
export function tarArchive(members: readonly TarMember[], trailer = true): Buffer {
  const parts = members.flatMap(member => {
    const content = member.content ?? Buffer.alloc(0);
    return [tarHeader(member), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(trailer ? 1024 : 0)]);
}

function octal(header: Buffer, at: number, length: number, value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}
