// The name of a table as it is typed in SQL, taken apart and put together again. Pure.

import { quoteIdent } from './settings.ts';

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** Alone, or in quotes, which are doubled within (manual 4.1.1). */
const identifier = String.raw`([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|"(?:[^"]|"")+")`;
const written = new RegExp(String.raw`^(?:${identifier}\s*\.\s*)?${identifier}$`);

/** `app.orders`, `"App"."Odd ""name"""`; `public` where no schema is named. Undefined where it is no name of a table. */
export function parseTableName(text: string): TableName | undefined {
  const [, schema, name] = written.exec(text.trim()) ?? [];
  return name === undefined
    ? undefined
    : { schema: schema === undefined ? 'public' : meant(schema), name: meant(name) };
}

/** Without quotes capital letters count for nothing. */
const meant = (word: string): string =>
  word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word.replaceAll(/[A-Z]/g, c => c.toLowerCase());

/** For SQL, and for the patterns of pg_dump: both read what stands in quotes as it is. */
export const quoteTable = ({ schema, name }: TableName): string => `${quoteIdent(schema)}.${quoteIdent(name)}`;

/** For people: in quotes only where it must be. */
export const showTable = ({ schema, name }: TableName): string => `${plain(schema)}.${plain(name)}`;

const plain = (word: string): string => (/^[a-z_][a-z0-9_]*$/.test(word) ? word : quoteIdent(word));
