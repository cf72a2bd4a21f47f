// CRC-32C (Castagnoli), by which PostgreSQL proves WAL records and pg_control (port/pg_crc32c.h).
/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index lies within; asking at each of them costs a third of the speed */

/** Sixteen tables of 256: sixteen bytes a round is what a JavaScript engine does fastest, four at a time as one word. */
const tables = ((): Int32Array => {
  const made = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    made[byte] = crc;
  }
  for (let byte = 0; byte < 256; byte += 1) {
    for (let row = 1; row < 16; row += 1) {
      const before = made[(row - 1) * 256 + byte] ?? 0;
      made[row * 256 + byte] = (before >>> 8) ^ (made[before & 0xff] ?? 0);
    }
  }
  return made;
})();

/** The register before the first byte; {@link crc32cEnd} of it after the last one is the checksum. */
export const crc32cStart = -1;

export const crc32cEnd = (register: number): number => ~register >>> 0;

/**
 * Goes on with `register` over `bytes[from, to)`.
 *
 * @param words The same bytes as little-endian words: `words[0]` is `bytes[0..3]`. `from` must be a multiple of four.
 */
export function crc32cMore(register: number, bytes: Uint8Array, words: Int32Array, from: number, to: number): number {
  const t = tables;
  let crc = register;
  let at = from;
  for (const last = to - 16; at <= last; at += 16) {
    const word = at >> 2;
    const a = crc ^ words[word]!;
    const b = words[word + 1]!;
    const c = words[word + 2]!;
    const d = words[word + 3]!;
    crc =
      t[3840 + (a & 0xff)]! ^
      t[3584 + ((a >>> 8) & 0xff)]! ^
      t[3328 + ((a >>> 16) & 0xff)]! ^
      t[3072 + (a >>> 24)]! ^
      t[2816 + (b & 0xff)]! ^
      t[2560 + ((b >>> 8) & 0xff)]! ^
      t[2304 + ((b >>> 16) & 0xff)]! ^
      t[2048 + (b >>> 24)]! ^
      t[1792 + (c & 0xff)]! ^
      t[1536 + ((c >>> 8) & 0xff)]! ^
      t[1280 + ((c >>> 16) & 0xff)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + (d & 0xff)]! ^
      t[512 + ((d >>> 8) & 0xff)]! ^
      t[256 + ((d >>> 16) & 0xff)]! ^
      t[d >>> 24]!;
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

/** The checksum of these bytes. */
export function crc32c(bytes: Uint8Array): number {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return crc32cEnd(crc32cMore(crc32cStart, aligned, wordsOf(aligned), 0, aligned.length));
}

/** The bytes as words; they must begin at a multiple of four in their memory. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}
