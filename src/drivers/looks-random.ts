// Whether bytes look as if no codec could make them smaller, told from a few thousand of them: to try it with all of them costs more than their hash.

const looks = 256;
const width = 16;
/** Sum of the squares of how often each value comes. Random bytes come out at 70,000 or so, with a twentieth of zeros among them at 115,000. */
const limit = 130_000;

/** Never for small things: there the trying is cheap. */
export function looksRandom(bytes: Uint8Array): boolean {
  const stride = Math.floor(bytes.length / looks);
  if (stride < 256) return false;
  const counts = new Uint16Array(256);
  for (let look = 0; look < looks; look += 1) {
    // Not at the same place of each: where it fell on the headers of PostgreSQL's pages, nothing would ever look random.
    const from = look * stride + ((look * 419) % (stride - width));
    for (let at = from; at < from + width; at += 1) {
      const value = bytes[at] ?? 0;
      counts[value] = (counts[value] ?? 0) + 1;
    }
  }
  let sum = 0;
  for (const count of counts) sum += count * count;
  return sum < limit;
}
