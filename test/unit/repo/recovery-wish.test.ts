// A recovery target in the words of a book.

import { expect, it } from 'vitest';
import { readWish, type WishWords } from '../../../src/repo/recovery-wish.ts';

it.each<[WishWords, object]>([
  [
    { to_xid: '742', exclusive: true },
    { target: { is: 'xid', xid: 742, inclusive: false }, timeline: 'latest' },
  ],
  [
    { to_xid: '742', to_time: '', timeline: '3' },
    { target: { is: 'xid', inclusive: true }, timeline: 3 },
  ],
  [{ to_time: '2026-11-21 16:45:04+09' }, { target: { is: 'time', time: '2026-11-21T07:45:04.000000Z' } }],
  [
    { to_name: 'before lunch', backup: '20261121T031244Z-k3f9' },
    { target: { is: 'name' }, backup: '20261121T031244Z-k3f9' },
  ],
  [{ to: 'latest' }, { target: { is: 'latest' } }],
  [
    { to: 'immediate', timeline: 'current' },
    { target: { is: 'immediate' }, timeline: 'current' },
  ],
])('%j', (words, wish) => {
  expect(readWish(words)).toMatchObject(wish);
});

it.each<[WishWords, RegExp]>([
  [{}, /nothing says where/],
  [{ to_xid: '' }, /nothing says where/],
  [{ to_xid: '742', to_name: 'x' }, /exclude one another/],
  [{ to: 'latest', to_xid: '742' }, /exclude one another/],
  [{ to_time: '2026-11-21 16:45:04' }, /no time zone/],
  [{ to_name: 'x', exclusive: true }, /--exclusive needs/],
  [{ to_xid: '742', timeline: 'newest' }, /--timeline takes/],
])('%j is none', (words, says) => {
  expect(() => readWish(words)).toThrow(says);
});
