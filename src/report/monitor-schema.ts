// The JSON Schema of what `lifeboat watch --json` prints: a line for each sample, each change and each fence that is owed.

import { type TObject, type TProperties, type TSchema, Type } from 'typebox';
import { clusterStates } from '../monitor/cluster-watch.ts';
import { nodeStates } from '../monitor/node-watch.ts';
import type { WatchEvent } from '../monitor/watch-event.ts';
import { readinesses } from '../postgres/isready.ts';

const instant = (description: string): TSchema => Type.String({ description: `${description}; RFC 3339, UTC` });
const node = Type.String({ description: 'Name of the node' });
const witness = Type.String({ description: 'Who asked: a node, or "here" for the machine that Lifeboat runs on' });
const orNull = (schema: TSchema, description: string): TSchema => Type.Union([schema, Type.Null()], { description });
const code = orNull(
  Type.Integer({ minimum: 0, maximum: 3 }),
  'Exit code of pg_isready; null where the witness could not be asked',
);
const heard = Type.Enum([...readinesses, 'not-asked']);
const nodeState = Type.Enum([...nodeStates]);
const clusterState = Type.Enum([...clusterStates]);

/** Every event has its shape: a new one does not compile before it stands here. */
const bodies: Readonly<Record<WatchEvent['e'], TProperties>> = {
  watch: {
    cluster: Type.String(),
    nodes: Type.Array(node),
    interval: Type.Number({ description: 'Milliseconds' }),
    downAfter: Type.Integer({ minimum: 1 }),
    upAfter: Type.Integer({ minimum: 1 }),
  },
  sample: { of: node, from: witness, code, is: heard, why: orNull(Type.String(), 'Why the witness was not asked') },
  'node-changed': {
    node,
    was: nodeState,
    wasSince: instant('When the former state began'),
    is: nodeState,
    since: instant('When the answers began that led to it'),
    segment: orNull(Type.String(), 'The WAL segment that it replays'),
    role: orNull(Type.Enum(['primary', 'standby']), 'What it said last'),
    heard: Type.Array(Type.Object({ from: witness, code, is: heard })),
    cutOff: Type.Array(witness, { description: 'Who does not hear it while others do' }),
  },
  'cluster-changed': {
    was: clusterState,
    wasSince: instant('When the former state began'),
    is: clusterState,
    primary: orNull(Type.String(), 'Who it is, or was'),
    why: Type.String(),
    next: Type.Array(Type.String(), { description: 'The commands to type next' }),
  },
  replays: { node, segment: Type.String({ description: 'The WAL segment that it has come to' }) },
  owed: {
    node,
    is: Type.Enum(['owed', 'paid', 'placed', 'second-primary'], {
      description:
        'Of a fence that a promotion left owing: still owed, owed no more, placed just now, or a server takes writes there',
    }),
    words: Type.String({ description: 'A sentence for a person' }),
  },
  end: {
    is: Type.Enum(['reached', 'looked', 'timed-out', 'interrupted']),
    cluster: clusterState,
    exit: Type.Integer({ description: 'Exit code' }),
  },
};

const events: TObject[] = Object.entries(bodies).map(([e, body]) =>
  Type.Object({ e: Type.Literal(e), at: instant('When'), ...body }),
);

export const watchEventSchema: TSchema = Type.Union(events, {
  title: 'An event of the monitor',
  description:
    'One line of the JSON Lines that `lifeboat watch --json` prints; a hook gets the changes on its standard input',
});
