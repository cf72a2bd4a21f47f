// commits-flow: no commit waits for a synchronous standby that is not there.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import type { Sender } from '../ports.ts';
import { missingStandbys, parseSynchronous, showSynchronous } from '../postgres/synchronous.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { inPsql } from '../look/in-psql.ts';

export const commitsFlow = checkKind({
  name: 'commits-flow',
  summary: 'Commits wait for no synchronous standby, or as many as they wait for are connected',
  params: Type.Object({}),
  example: '{ check: commits-flow, on: primary }',
  words: on => `no commit on ${on} waits for a standby that is gone`,
  async test(on, _params, look): Promise<Verdict> {
    const names = await look.fact(on, 'synchronousStandbyNames');
    if (names.is === 'later' || names.is === 'silent') return names;
    if (names.value.trim() === '') return { is: 'holds', found: 'commits wait for nobody' };
    const senders = await look.senders(on);
    if (senders.is === 'later' || senders.is === 'silent') return senders;
    return judged(look.node(on), names.value, senders.value);
  },
  forecast: () => ({}),
});

const release = "alter system set synchronous_standby_names = ''";

/** `sync_state` is the server’s own judgement: `sync` or `quorum` for those whose answer counts (manual 28.2.2). */
function judged(site: NodeSite, text: string, senders: readonly Sender[]): Verdict {
  const value = parseSynchronous(text);
  const wanted = value === undefined || value === 'none' ? 1 : value.number;
  const answering = senders.filter(
    ({ state, sync }) => state === 'streaming' && (sync === 'sync' || sync === 'quorum'),
  );
  const found = answering.map(({ application }) => application).join(', ');
  if (answering.length >= wanted) return { is: 'holds', found: `${text}: ${found}` };
  const missing = missingStandbys(
    value ?? 'none',
    answering.map(({ application }) => application),
  );
  return {
    is: 'fails',
    expected: `${String(wanted)} of ${value === undefined ? text : showSynchronous(value)} connected`,
    found: `${found === '' ? 'none' : found} connected${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}`,
    hint: `every commit hangs, and no timeout ends that; to let them go: ${inPsql(site, release, 'select pg_reload_conf()')}`,
  };
}
