// Waiting for a condition, with a deadline: no test sleeps for a fixed time. It is generous, for two busy cores may do little for a while.

/** Asks every 10 ms until it holds; throws after the deadline, saying what was waited for. */
export async function until<T>(
  condition: () => T | Promise<T>,
  what = condition.toString(),
  within = 60_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + within;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
