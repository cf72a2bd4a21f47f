// The shape of a drill file: the declarations that both the reader and the published schema are made of.

import { Type } from 'typebox';
import { hostLike, kebab, kebabHint, snake, snakeHint } from './names.ts';
import { repository, target } from './drill-words.ts';
import { duration, size, word } from './vocabulary.ts';

const value = Type.Union([Type.String(), Type.Number(), Type.Boolean()], { 'x-like': 'one value: 8GB' });
const count = (description: string, minimum: number, maximum: number): ReturnType<typeof Type.Integer> =>
  Type.Integer({ minimum, maximum, description });

export const Topology = Type.Object({
  nodes: Type.Optional(count('Servers: a primary and its standbys; 2 where absent', 1, 9)),
  synchronous: Type.Optional(Type.Boolean({ description: 'Commits wait for a standby' })),
  repository: Type.Optional(repository),
  upstream: Type.Optional(
    Type.Record(Type.String({ pattern: hostLike }), Type.String({ pattern: hostLike }), {
      'x-names': 'the name of a standby: node3',
      description: 'Standbys that stream from another standby; the others from node1',
      'x-like': 'such as { node3: node2 }',
    }),
  ),
  settings: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_.]*$' }), value, {
      'x-names': 'the name of a setting of postgresql.conf: max_wal_size',
      description: 'Lines of postgresql.conf on every node',
    }),
  ),
});

export const Load = Type.Object({
  writers: Type.Optional(
    count('Sessions that write numbered rows and remember what was acknowledged; 4 where absent', 1, 64),
  ),
  pgbench: Type.Optional(count('Clients of pgbench beside them', 0, 64)),
  before: Type.Optional(duration({ description: 'How long the load runs before the fault; 3s where absent' })),
  redo: Type.Optional(
    size({
      description: 'WAL written since the last checkpoint before the fault, so that crash recovery takes a while',
    }),
  ),
  loop: Type.Optional(Type.Boolean({ description: 'A session that commits in a loop inside the server' })),
});

/** A fault but for its own parameters, which stand beside these. */
export const faultProperties = {
  fault: Type.String({ description: 'The name of a fault' }),
  on: Type.Optional(
    Type.String({
      pattern: hostLike,
      description: 'primary, standby or a node; the primary where absent, or whomever such a fault befalls',
    }),
  ),
};

export const Answer = Type.Object({
  name: Type.String({ pattern: kebab, description: 'The runbook that answers the fault', 'x-like': kebabHint }),
  params: Type.Optional(
    Type.Record(Type.String({ pattern: snake }), value, { 'x-names': snakeHint, description: 'As -p' }),
  ),
  bind: Type.Optional(
    Type.Record(Type.String({ pattern: kebab }), Type.String({ pattern: hostLike }), {
      'x-names': kebabHint,
      description: 'As --bind: a role, and primary, standby or a node',
    }),
  ),
  accept_loss: Type.Optional(
    Type.String({
      pattern: '^(unknown|\\d+(\\.\\d+)? ?(B|kB|MB|GB|TB))$',
      description: 'As --accept-loss',
      'x-like': 'a size such as 16MB, or unknown',
    }),
  ),
  accept_unfenced: Type.Optional(
    Type.Array(Type.String({ pattern: hostLike }), {
      uniqueItems: true,
      description: 'As --accept-unfenced: roles or nodes',
    }),
  ),
  rehearse: Type.Optional(
    Type.Boolean({
      description:
        'As lifeboat rehearse: carried out on a copy that is made of the repository, while the cluster itself goes on; tables: unchanged is then asked of both',
    }),
  ),
});

export const Proof = Type.Object({
  lost: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0 }), word(['estimate', 'after-target', 'after-backup'])], {
      description:
        'How many acknowledged rows may be missing; estimate: what the plan had said, and none where replication is synchronous. after-target, after-backup: those that were committed after it, and these must be: all others are there, and none of them',
      'x-like': 'a number of rows, estimate, after-target or after-backup',
    }),
  ),
  tables: Type.Optional(
    word(['unchanged', 'as-backed-up'], {
      description:
        'All tables but those of the writer, by the number of their rows and a sum over them, are what they were just before the fault (nothing else writes from then on), or when the backup was taken',
    }),
  ),
  rescued: Type.Optional(
    Type.String({
      pattern: '^[a-z_][a-z0-9_]*\\.[a-z_][a-z0-9_]*$',
      description:
        'This table holds what the one of the mistake held just before it, on every node; unchanged then means all tables but these two, and pgbench stays at rest',
      'x-like': 'such as rescued.pgbench_history',
    }),
  ),
  noted: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'A query that says what the last note said; the runbook is given both, as its params check and expect',
    }),
  ),
  readiness: Type.Optional(
    Type.Array(word(['accepting', 'rejecting', 'no-response']), {
      description: 'What pg_isready must have said of the node that the fault hit, in this order',
    }),
  ),
  timeline: Type.Optional(
    Type.Object({
      before: Type.Optional(count('1 where absent in a drill of one runbook; else any', 1, 4294967295)),
      after: Type.Optional(count('2 where absent in a drill of one runbook; else any', 1, 4294967295)),
      raised: Type.Optional(count('By exactly so many', 0, 100)),
    }),
  ),
  primary: Type.Optional(
    Type.String({ pattern: hostLike, description: 'The node that is the primary afterwards, and the only one' }),
  ),
  standbys: Type.Optional(
    Type.Array(Type.String({ pattern: hostLike }), {
      uniqueItems: true,
      description: 'The nodes that stream on the timeline of the primary afterwards, and no others',
    }),
  ),
  base_backups: Type.Optional(count('Base backups that are taken of any node: exactly so many', 0, 100)),
});

/** What happens around a fault, beside it. */
export const happening = {
  note: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'A query that is asked just before the fault, or the backup, once pgbench is at rest; proof: { noted: … } comes back to it',
    }),
  ),
  noticed_after: Type.Optional(
    duration({
      description: 'How long the load goes on after the fault before anybody does anything; 0s where absent',
    }),
  ),
  target: Type.Optional(target),
};

export const Objective = Type.Object({
  rto: Type.Optional(duration({ description: 'The longest gap that a client may see' })),
  rpo: Type.Optional(size({ description: 'How much may be lost' })),
});

export const drillProperties = {
  drill: Type.String({ pattern: kebab, description: 'Its name, that of the file', 'x-like': kebabHint }),
  title: Type.String({ minLength: 1, description: 'One sentence: what breaks and what must hold' }),
  description: Type.Optional(Type.String()),
  topology: Type.Optional(Topology),
  load: Type.Optional(Load),
  ...happening,
  fault: Type.Object(faultProperties, {
    additionalProperties: true,
    'x-like': 'such as { fault: killed, on: primary }',
  }),
  runbook: Type.Object(Answer.properties, { 'x-like': 'such as { name: failover }' }),
  proof: Type.Optional(Proof),
  objective: Type.Optional(Objective),
};
export const DrillFile = Type.Object(drillProperties);
