// What an operator did wrong in a lab, and where that lies in the WAL: the truth that whoever looks for it is judged against.

import { existsSync, readFileSync } from 'node:fs';
import type { NodeName } from '../ports.ts';
import type { Instant } from '../time.ts';
import type { Lab } from './lab.ts';
import { labFiles } from './layout.ts';
import { putFile } from './ownership.ts';

/** A transaction that should never have been. */
export interface Mistake {
  readonly on: NodeName;
  readonly timeline: number;
  /** `TRUNCATE public.pgbench_history`. */
  readonly statement: string;
  /** With its schema. */
  readonly table: string;
  readonly xid: string;
  /** Where the record of its commit begins, and the time in it, as pg_waldump prints them. */
  readonly lsn: string;
  readonly time: Instant;
  /** Made just before it, with nothing of its table written in between, by somebody who was careful; the LSN is that of its end. */
  readonly restorePoint: { readonly name: string; readonly lsn: string } | null;
}

/** It is remembered in a file, so that another process can be told: `lifeboat lab break` and a drill are two. */
export function noteMistake(lab: Lab, mistake: Mistake): void {
  putFile(fileOf(lab), `${JSON.stringify(mistake, null, 2)}\n`, 0o644, lab.user);
}

/** Undefined where nobody has made any yet. */
export const lastMistake = (lab: Lab): Mistake | undefined =>
  existsSync(fileOf(lab)) ? (JSON.parse(readFileSync(fileOf(lab), 'utf8')) as Mistake) : undefined;

const fileOf = (lab: Lab): string => labFiles(lab.directory).mistake;
