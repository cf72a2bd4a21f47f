// restore-dump: a new cluster from a logical backup, made where nothing starts it, and put in its place when it is whole.

import { Type } from 'typebox';
import type { Dump } from '../look/dump.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import { analyzeAll, pgRestore } from '../postgres/commands-dump.ts';
import { commandLine } from '../postgres/shell.ts';
import type { Check } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { action } from './action.ts';
import { loadingConnection, loadingPath, loadingServer, whileServing } from './parts/loading.ts';
import { moveAsideOps, placesOf } from './parts/make-way.ts';
import { newClusterOp } from './parts/new-cluster.ts';
import { longest, moveOp, pathIs } from './parts/put-aside.ts';

export const restoreDump = action({
  name: 'restore-dump',
  summary:
    'Makes a cluster like the one that a logical backup is of, and loads its roles, tablespaces and databases; what is left of the former is moved aside, and nobody can reach the new one before it is whole',
  params: Type.Object({
    node: node({ description: 'The node, whose server must be stopped' }),
    from: Type.String({ pattern: '^/', description: 'Directory of the backup, on that node' }),
    jobs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 64, description: 'Tables and indexes made side by side; 1 where absent' }),
    ),
  }),
  example: `- id: restore
  action: restore-dump
  with: { node: primary, from: /disk3/backup/20261121/logical, jobs: 4 }`,
  async plan({ node: on, from, jobs = 1 }, look) {
    const others = look.cluster.nodes.filter(({ name }) => name !== on);
    const { data } = look.node(on).postgres;
    const needs: Check[] = [
      { check: 'stopped', on, with: {} },
      { check: 'not-fenced', on, with: {} },
      ...others.map(({ name }): Check => ({ check: 'role', on: name, with: { is: ['standby', 'down'] } })),
      // What a run that was given up left there is for its undo, and not for this one.
      pathIs(on, loadingPath(data), 'absent'),
      { check: 'dump-fits', on, with: { path: from } },
      { check: 'dump-whole', on, with: { path: from } },
    ];
    // None that the former data could keep in its stead: of a step whose first move failed only its ops tell that it is not done.
    const promise: Check[] = [];
    const dump = valueOf(await look.dump(on, from));
    if (!dump) return { needs, do: { ops: [], why: `there is no backup in ${from}` }, promise };
    return {
      needs,
      do: {
        ops: [
          ...(await moveAsideOps(look, on, placesOf(look, on, dump))),
          await newClusterOp(look, { on, from, dump }),
          ...loads(look, { on, from, dump }, jobs),
          inItsPlace(look, on),
        ],
      },
      promise,
    };
  },
});

interface Load {
  readonly on: NodeName;
  readonly from: string;
  readonly dump: Dump;
}

function loads(look: Look, { on, from, dump }: Load, jobs: number): Op[] {
  const site = look.node(on);
  const at = loadingServer(site);
  const restores = inOrder(dump).map(({ name, archive }) =>
    pgRestore(at, loadingConnection(site, dump, besides(name)), { archive: `${from}/databases/${archive}`, jobs }),
  );
  const analyze = analyzeAll(at, loadingConnection(site, dump, 'postgres'), jobs);
  return [...restores, analyze].map(argv => ({
    do: { op: 'exec', as: commandLine(argv), tries: [{ argv: whileServing(site, dump, argv), within: longest }] },
    on,
    within: longest,
    guard: ['postmaster'],
    system: null,
    done: [],
    alters: [],
    // Nobody has written there but this run: it drops what it makes, and goes aside with the cluster.
    undo: 'free',
  }));
}

/** template1 first: the others are dropped and made by somebody connected to it, and it by somebody connected to postgres. */
const inOrder = ({ databases }: Dump): Dump['databases'] => [
  ...databases.filter(({ name }) => name === 'template1'),
  ...databases.filter(({ name }) => name !== 'template1'),
];

const besides = (database: string): string => (database === 'template1' ? 'postgres' : 'template1');

/** Only now can anybody start it. */
function inItsPlace(look: Look, on: NodeName): Op {
  const { data } = look.node(on).postgres;
  const back = moveOp(on, data, loadingPath(data));
  return { ...moveOp(on, loadingPath(data), data), system: null, undo: [{ ...back, undo: 'free' }] };
}
