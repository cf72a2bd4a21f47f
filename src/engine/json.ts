// The journal's JSON: as JSON, but LSNs (bigint) survive the way there and back.

import { type Lsn, parseLsn, showLsn } from '../postgres/lsn.ts';

const replacer = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { lsn: showLsn(value as Lsn) } : value;

function reviver(_key: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'lsn' in value && Object.keys(value).length === 1) {
    const { lsn } = value;
    return (typeof lsn === 'string' ? parseLsn(lsn) : undefined) ?? value;
  }
  return value;
}

export const encode = (value: unknown): string => JSON.stringify(value, replacer);
export const decode = (text: string): unknown => JSON.parse(text, reviver);

/** The same for the same data, whatever the order of keys: for fingerprints and comparison. */
export function canonical(value: unknown): string {
  const sort = (it: unknown): unknown => {
    if (Array.isArray(it)) return it.map(sort);
    if (typeof it !== 'object' || it === null) return it;
    const entries = Object.entries(it).filter(([, v]) => v !== undefined);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sort(v)]));
  };
  return encode(sort(value));
}
