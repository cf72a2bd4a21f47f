// What a logical backup says of itself, read on the node.

import { type Dump, dumpFile, parseDump } from '../look/dump.ts';
import type { Known } from '../look/facts.ts';
import { type Host, isSilent } from '../ports.ts';
import type { Duration, Instant } from '../time.ts';

export async function readDump(
  host: Host,
  directory: string,
  { within, now }: { readonly within: Duration; readonly now: Instant },
): Promise<Known<Dump | null>> {
  const path = `${directory}/${dumpFile}`;
  const there = await host.path(path, within);
  if (typeof there !== 'string' && isSilent(there))
    return { is: 'silent', why: there.silent, unreachable: there.unreachable };
  if (there === 'absent') return { is: 'seen', value: null, at: now };
  const read = await host.read(['cat', path], within);
  if (read.is !== 'ended')
    return { is: 'silent', why: read.is === 'refused' ? read.found : read.why, unreachable: read.is === 'silent' };
  const dump = read.code === 0 ? parseDump(read.stdout) : undefined;
  return dump
    ? { is: 'seen', value: dump, at: now }
    : { is: 'silent', why: `${path} is damaged, or not of a form that is known here`, unreachable: false };
}
