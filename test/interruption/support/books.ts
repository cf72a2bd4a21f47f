// Books as a run gets them: read, roles bound by looking, expanded to the flat list.

import { readdirSync, readFileSync } from 'node:fs';
import { actions } from '../../../src/actions/index.ts';
import { checks } from '../../../src/checks/index.ts';
import type { BoundBook } from '../../../src/engine/book.ts';
import { bindRoles } from '../../../src/engine/roles.ts';
import type { Look } from '../../../src/look/look.ts';
import type { NodeName } from '../../../src/ports.ts';
import { readRunbook } from '../../../src/runbook/book.ts';
import type { ParamValue, Runbook } from '../../../src/runbook/book-types.ts';
import { expand } from '../../../src/runbook/expand.ts';
import type { Cluster } from '../../../src/runbook/inventory-types.ts';
import { type Checked, problemsText } from '../../../src/runbook/problems.ts';

const shipped = new URL('../../../runbooks/', import.meta.url);
const own = new URL('../books/', import.meta.url);

/** Names of the books that ship. */
export const shippedBooks = readdirSync(shipped)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.slice(0, -'.yaml'.length));

const isShipped = (name: string): boolean => shippedBooks.includes(name);

const read = new Map<string, Runbook>();

export function readBook(name: string): Runbook {
  const known = read.get(name);
  if (known) return known;
  const file = new URL(`${name}.yaml`, isShipped(name) ? shipped : own);
  const book = parseBook(readFileSync(file, 'utf8'), `${name}.yaml`);
  read.set(name, book);
  return book;
}

export const parseBook = (text: string, file = 'book.yaml'): Runbook =>
  right(readRunbook(text, file, { actions, checks, faults: new Map() }));

export function right<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new Error(problemsText(checked.problems));
}

export interface Binding {
  readonly cluster: Cluster;
  readonly look: Look;
  readonly params?: Readonly<Record<string, ParamValue>>;
  readonly bind?: Readonly<Record<string, string>>;
}

/** As `lifeboat run` does it before it plans. */
export async function bound(book: Runbook, { cluster, look, params = {}, bind = {} }: Binding): Promise<BoundBook> {
  const { roles, reasons } = await bindRoles(book.roles, look, bind as Record<string, NodeName>);
  return {
    name: book.name,
    title: book.title,
    steps: right(
      expand(book, { params, bindings: roles, cluster, books: name => (isShipped(name) ? readBook(name) : undefined) }),
    ),
    roles,
    reasons,
    cluster,
    inventory: 'lifeboat.yaml',
    actions,
    checks,
    env: () => undefined,
  };
}
