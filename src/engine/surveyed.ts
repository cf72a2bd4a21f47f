// From one survey of a node to facts: who says what, and what stays unknown.

import type { Fact, Facts, Known, Role } from '../look/facts.ts';
import { isSilent, type ServerSaid, type Silent, type Survey } from '../ports.ts';
import { replicationNameOf, upstreamOf } from '../postgres/connection.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { type Instant, ms } from '../time.ts';

type Reader<F extends Fact> = (survey: Survey) => Facts[F] | { readonly unknown: string };

const unknown = (why: string) => ({ unknown: why });

/** What only a running server can say. */
const said =
  <F extends Fact>(read: (server: ServerSaid) => Facts[F] | null): Reader<F> =>
  ({ server }) => {
    if (isSilent(server)) return unknown(server.silent);
    const value = read(server);
    return value ?? unknown('the server does not say');
  };

const readers: { readonly [F in Exclude<Fact, 'reachable' | 'missing'>]: Reader<F> } = {
  hostKey: survey => survey.hostKey,
  systemId: ({ server, control }) =>
    (isSilent(server) ? control?.systemIdentifier : server.systemId) ?? unknown('pg_control cannot be read'),
  ready: survey => survey.ready,
  role,
  processes: survey => survey.processes.length,
  postmaster: ({ postmaster }) => (postmaster ? `${String(postmaster.pid)}@${String(postmaster.started)}` : 'none'),
  timeline: ({ server, control }) =>
    (isSilent(server) ? control?.timeline : server.timeline) ?? unknown('pg_control cannot be read'),
  fence: survey => survey.fence ?? '',
  version: said(server => server.version),
  written: said(server => server.written),
  received: said(({ received, replayed }) => latest(received, replayed)),
  replayed: said(server => server.replayed),
  replayPaused: said(server => server.replayPaused),
  lastTransaction: said(server => server.lastTransaction ?? ''),
  writable: ({ server, processes }) => {
    if (processes.length === 0) return false;
    return isSilent(server) ? unknown(server.silent) : !server.inRecovery && !server.readOnly;
  },
  restoreCommand: said(server => server.settings['restore_command'] ?? ''),
  synchronousStandbyNames: said(server => server.settings['synchronous_standby_names'] ?? ''),
  upstream: said(({ inRecovery, settings }) => (inRecovery ? upstreamOf(settings['primary_conninfo'] ?? '') : '')),
  replicationName: said(({ settings }) =>
    replicationNameOf(settings['primary_conninfo'] ?? '', settings['cluster_name'] ?? ''),
  ),
  replayDelay: said(({ settings }) => ms(Number(settings['recovery_min_apply_delay'] ?? 0))),
  streaming: said(server => server.receiver?.status === 'streaming'),
};

/** What came through restore_command is replayed and never "received": pg_last_wal_receive_lsn() knows streaming only. */
const latest = (received: Lsn | null, replayed: Lsn | null): Lsn | null =>
  received === null || (replayed !== null && replayed > received) ? replayed : received;

/** A server that runs and does not say its role may be a primary: unknown, never down. */
function role({ processes, server }: Survey): Role | { readonly unknown: string } {
  if (processes.length === 0) return 'down';
  if (isSilent(server))
    return unknown(`it runs (${String(processes.length)} processes) and does not answer: ${server.silent}`);
  return server.inRecovery ? 'standby' : 'primary';
}

/** One fact out of a survey, or out of the lack of one. */
export function surveyed<F extends Fact>(survey: Survey | Silent, fact: F, at: Instant): Known<Facts[F]> {
  if (fact === 'reachable') return { is: 'seen', value: (!isSilent(survey) || !survey.unreachable) as Facts[F], at };
  if (isSilent(survey)) return { is: 'silent', why: survey.silent, unreachable: survey.unreachable };
  if (fact === 'missing') return { is: 'silent', why: 'only known against another node', unreachable: false };
  const read: Reader<F> = readers[fact as Exclude<F, 'reachable' | 'missing'>];
  const value = read(survey);
  if (typeof value === 'object') return { is: 'silent', why: value.unknown, unreachable: false };
  return { is: 'seen', value: value, at };
}
