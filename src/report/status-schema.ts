// The JSON Schema of what `lifeboat status --json` prints.

import { type TSchema, Type } from 'typebox';
import { readinesses } from '../postgres/isready.ts';
import type { ProvenBook } from '../monitor/proven.ts';
import type { ClusterStatus, KeptStatus, NodeStatus, OwedFence } from './status-data.ts';

const orNull = (schema: TSchema, description?: string): TSchema =>
  Type.Union([schema, Type.Null()], { ...(description !== undefined && { description }) });
const text = Type.String();
const lsn = Type.String({ pattern: '^[0-9A-F]{1,8}/[0-9A-F]{1,8}$' });
const node = Type.String({ description: 'Name of the node' });

/** Every field has its shape: a new one does not compile before it stands here. */
const nodeProperties: Readonly<Record<keyof NodeStatus, TSchema>> = {
  node,
  reachable: Type.Boolean({ description: 'An SSH session was had' }),
  why: orNull(text, 'Why it, or its server, does not say more'),
  ready: orNull(Type.Enum([...readinesses]), 'pg_isready, asked on the node itself'),
  role: orNull(Type.Enum(['primary', 'standby', 'down'])),
  timeline: orNull(Type.Integer({ minimum: 1 }), 'Decimal'),
  lsn: orNull(lsn, 'Written on a primary, replayed on a standby'),
  received: orNull(lsn, 'Received on a standby'),
  lagBytes: orNull(Type.Integer({ minimum: 0 }), 'What it has yet to replay of what the primary wrote'),
  lagTime: orNull(Type.Number({ minimum: 0 }), 'Milliseconds: replay_lag, or the age of the last transaction replayed'),
  sync: orNull(text, 'sync, async, quorum or potential: of the pg_stat_replication of the primary'),
  lastTransaction: orNull(text, 'Commit time of the last transaction replayed; RFC 3339, UTC'),
  replayPaused: orNull(Type.Boolean()),
  fence: orNull(text, 'Why its server must not start, where a fence stands in its data directory'),
  lock: orNull(text, 'Which run holds the lock of the cluster there'),
};

const owedProperties: Readonly<Record<keyof OwedFence, TSchema>> = {
  node,
  is: Type.Enum(['owed', 'paid', 'second-primary'], { description: 'paid: found so now, and not told again' }),
  words: Type.String({ description: 'A sentence for a person' }),
};

const time = Type.String({ description: 'RFC 3339, UTC' });
const keptProperties: Readonly<Record<keyof KeptStatus, TSchema>> = {
  repository: text,
  trouble: orNull(text, 'Why the repository does not say more'),
  last: orNull(
    Type.Object({
      id: text,
      taken: time,
      age: Type.Number({ description: 'Milliseconds' }),
      size: Type.Integer({ minimum: 0, description: 'Bytes' }),
      replay: Type.Integer({ minimum: 0, description: 'Bytes of WAL that are kept from its start on' }),
      proven: orNull(
        Type.Object({ at: time, how: Type.Enum(['read', 'sample', 'restore']), ok: Type.Boolean() }),
        'When it was last proven to be what was put there',
      ),
    }),
    'The newest backup that is OK',
  ),
  receiver: orNull(
    Type.Object({ owner: text, pid: Type.Integer(), since: time }),
    'Who keeps the WAL as it is written',
  ),
  received: orNull(
    Type.Object({ timeline: Type.Integer({ minimum: 1 }), lsn, at: time }),
    'Up to where WAL is kept, and when the last of it came',
  ),
  exposure: orNull(
    Type.Object({
      bytes: Type.Integer({ minimum: 0 }),
      time: orNull(Type.Number({ minimum: 0 }), 'Milliseconds: since when, as far as that is known'),
      best: orNull(text, 'Who has the most of it: repository or a standby'),
    }),
    'WAL that the primary has written and nobody else has',
  ),
};

const provenProperties: Readonly<Record<keyof ProvenBook, TSchema>> = {
  book: Type.String({ description: 'Name of the book, or restore for the command' }),
  at: time,
  how: Type.Enum(['run', 'rehearsal'], { description: 'rehearsal: in a sandbox, of the data of the cluster' }),
  on: Type.String({ description: 'The node, or here for the machine that Lifeboat runs on' }),
  took: Type.Number({ minimum: 0, description: 'Milliseconds' }),
  size: orNull(Type.Integer({ minimum: 0 }), 'Bytes of data that it restored'),
  failed: orNull(text, 'When it failed after that; RFC 3339, UTC'),
  predicted: orNull(Type.Number({ minimum: 0 }), 'Milliseconds that it would take with the data of today'),
};

const properties: Readonly<Record<keyof ClusterStatus, TSchema>> = {
  cluster: text,
  at: Type.String({ description: 'RFC 3339, UTC' }),
  nodes: Type.Array(Type.Object(nodeProperties)),
  owed: Type.Array(Type.Object(owedProperties), { description: 'What became of fences that a promotion left owing' }),
  backup: Type.Optional(
    Type.Object(keptProperties, {
      description: 'What is kept of the cluster; absent where no repository is configured',
    }),
  ),
  proven: Type.Array(Type.Object(provenProperties), {
    description:
      'Books that ran to a good end on data of this cluster, and restores, from this machine; the newest first',
  }),
};

/** `null`: not known, or there is no such thing on this node. */
export const statusSchema = Type.Object(properties, {
  title: 'How a cluster stands',
  description: 'What `lifeboat status --json` prints; null: not known, or there is no such thing on this node',
});
