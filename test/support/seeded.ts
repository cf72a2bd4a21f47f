// Random choices that can be made again: the seed is printed, and taken from $LIFEBOAT_SEED.

/** A number from 0 to below 1, as Math.random; mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seedOfThisRun = Number(process.env['LIFEBOAT_SEED'] ?? Date.now() % 1_000_000);
