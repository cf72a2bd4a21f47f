// Several works under way at once, in no order: the first one that fails ends it, after those under way have settled.

/** At most `width` of them. Items are taken when there is room for one more. */
export async function atOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  try {
    for await (const item of items) {
      const one = work(item)
        .catch((error: unknown) => void (failed ??= { error }))
        .finally(() => underWay.delete(one));
      underWay.add(one);
      if (underWay.size >= width) await Promise.race(underWay);
      if (failed) break;
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failed) throw failed.error;
}
