// Several works under way at once, their results in the order of what they were made from.

/**
 * At most `width` are under way, and no more than that are read ahead. Where one fails, the error comes in its turn; what is
 * under way then is waited for, so that nothing goes on behind the caller's back.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const one = work(item);
      // It is waited for in its turn; until then a failure is not unhandled.
      one.catch(() => undefined);
      underWay.push(one);
      if (underWay.length >= width) yield await (underWay.shift() as Promise<R>);
    }
    while (underWay.length > 0) yield await (underWay.shift() as Promise<R>);
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** The same bytes in pieces of exactly `size`, but for the last one. */
export async function* inPieces(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const piece of content) {
    let at = 0;
    while (length + piece.length - at >= size) {
      const end = at + size - length;
      yield length === 0 ? piece.subarray(at, end) : Buffer.concat([...held, piece.subarray(at, end)], size);
      [held, length, at] = [[], 0, end];
    }
    if (at < piece.length) {
      held.push(piece.subarray(at));
      length += piece.length - at;
    }
  }
  if (length > 0) yield held.length === 1 && held[0] ? held[0] : Buffer.concat(held, length);
}
