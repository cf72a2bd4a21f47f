// Entries of a node's server log from a place on, followed through rotation.

import type { LogPlace, LogRead, Silent } from '../ports.ts';
import { type LogFormat, parseLog } from '../postgres/log-line.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import type { Redactor } from '../secret.ts';
import { bytes, type Duration, ms } from '../time.ts';
import { exec } from './exec.ts';
import { newMark, sections } from './frames.ts';
import { logPiece, readLogScript } from './scripts/log-file.ts';
import { siteArgs } from './scripts/prelude.ts';
import type { Shell } from './shell.ts';

export interface LogSite {
  readonly node: NodeSite;
  readonly shell: Shell;
  readonly redactor: Redactor;
  /** `log_line_prefix`, as the server last told it. */
  readonly prefix: string | undefined;
}

type Entries = LogRead['entries'];

/** More than that is not read in one call: `next` says where to go on. */
const most = 64 * 1024 * 1024;

export async function readLog(site: LogSite, from: LogPlace, within: Duration): Promise<LogRead | Silent> {
  const deadline = performance.now() + within;
  const entries: Entries[number][] = [];
  let next = from;
  for (let read = 0; read < most;) {
    const left = ms(Math.max(1, deadline - performance.now()));
    const piece = await readPiece(site, next, left);
    if ('silent' in piece) return piece;
    entries.push(...piece.entries);
    next = piece.next;
    read += piece.bytes;
    if (!piece.more) break;
  }
  return { entries, next };
}

interface Piece extends LogRead {
  readonly bytes: number;
  readonly more: boolean;
}

async function readPiece(site: LogSite, from: LogPlace, within: Duration): Promise<Piece | Silent> {
  const mark = newMark();
  const args = [...siteArgs(mark, site.node), from.file, String(from.inode), String(from.offset)];
  const done = await exec(
    site.shell,
    { script: readLogScript, args, tidy: true },
    { within, cap: bytes(16 * logPiece) },
  );
  if (done.is !== 'ended') return { silent: done.why, unreachable: done.is === 'silent' };
  const found = sections(done.stdout, mark);
  if (!found.some(({ name }) => name === 'end')) {
    return { silent: `the log ${from.file} cannot be read: ${done.stderr.toString().trim()}`, unreachable: false };
  }
  const entries: Entries[number][] = [];
  let next = from;
  let [read, more] = [0, false];
  for (const section of found) {
    const header = /^(\d+) (\d+) (\d+) (\d) (.*)$/.exec(section.words);
    if (section.name !== 'file' || !header) continue;
    const [, inode = '', start = '', length = '', cut = '', file = ''] = header;
    const text = done.stdout.subarray(section.at, section.at + Number(length));
    const parsed = parseLog(text, { format: formatOf(file), offset: Number(start), ...prefixOf(site) });
    entries.push(...parsed.entries.map(entry => ({ ...entry, file, message: site.redactor.clean(entry.message) })));
    // One line longer than a piece would keep us for ever.
    const rest = cut === '1' && parsed.rest === Number(start) ? Number(start) + text.length : parsed.rest;
    next = { file, inode: Number(inode), offset: rest };
    read += text.length;
    more ||= cut === '1';
  }
  return { entries, next, bytes: read, more };
}

/** The collector names its files by format: `.csv`, `.json`, anything else is stderr's (manual 20.8.1). */
function formatOf(file: string): LogFormat {
  if (file.endsWith('.csv')) return 'csvlog';
  return file.endsWith('.json') ? 'jsonlog' : 'stderr';
}

const prefixOf = ({ prefix }: LogSite) => (prefix === undefined ? {} : { prefix });
