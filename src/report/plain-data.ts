// Data as plain JSON: an LSN as PostgreSQL prints it, and no bigint left.

import { type Lsn, showLsn } from '../postgres/lsn.ts';

/** What is left of a value when it is written as JSON and read again. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One line. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_key, it: unknown): unknown => (typeof it === 'bigint' ? showLsn(it as Lsn) : it), indent);

export const plainData = (value: unknown): Json => JSON.parse(jsonText(value)) as Json;
