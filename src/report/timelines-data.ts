// The timelines of a cluster as data: what `timelines --json` prints.

import { type TSchema, Type } from 'typebox';
import type { TimelineProblem } from '../monitor/timeline-problems.ts';
import type { Branch, TimelineTree } from '../monitor/timelines.ts';
import type { Instant } from '../time.ts';
import { type Json, plainData } from './plain-data.ts';

export interface ClusterTimelines {
  readonly cluster: string;
  readonly at: Instant;
  readonly tree: TimelineTree;
}

const branchProperties: Readonly<Record<keyof Branch, TSchema>> = {
  name: Type.String({ description: 'Its number; with a letter behind it where two timelines bear that number' }),
  timeline: Type.Integer({ minimum: 1, description: 'Decimal' }),
  fork: Type.Union([Type.String(), Type.Null()], {
    description: 'LSN of its first own position; null: the first, or unknown',
  }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'What PostgreSQL noted when it began' }),
  begun: Type.Union([Type.String(), Type.Null()], { description: 'The earliest date of its history file, RFC 3339' }),
  files: Type.Array(Type.String(), { description: 'Where its history file lies: node1 pg_wal, node1 archive' }),
  current: Type.Boolean({ description: 'The only primary is on it or came over it' }),
  on: Type.Array(
    Type.Object({
      node: Type.String(),
      role: Type.Enum(['primary', 'standby', 'down']),
      end: Type.Union([Type.String(), Type.Null()], { description: 'LSN of the end of its WAL; null: not known' }),
    }),
    { description: 'The nodes that are on it' },
  ),
  beyond: Type.Array(
    Type.Object({
      node: Type.String(),
      in: Type.Enum(['server', 'archive']),
      bytes: Type.Integer({ minimum: 0 }),
    }),
    { description: 'Who has WAL of its parent beyond the point where it forked off' },
  ),
  children: Type.Array(Type.Unsafe({ $ref: '#/$defs/branch' }), {
    description: 'The timelines that forked off from it',
  }),
};

const node = Type.String();
const places = Type.Array(Type.String());
const timeline = Type.Integer({ minimum: 1 });

/** Every kind of problem has its shape: a new one does not compile before it stands here. */
const problems: Readonly<Record<TimelineProblem['is'], Readonly<Record<string, TSchema>>>> = {
  'two-primaries': { nodes: Type.Array(node), same: Type.Union([timeline, Type.Null()]) },
  'same-number': {
    timeline,
    variants: Type.Array(Type.Object({ name: Type.String(), fork: Type.Union([Type.String(), Type.Null()]), places })),
  },
  stray: { timeline, file: Type.String(), places, leads: Type.Boolean() },
  damaged: { file: Type.String(), place: Type.String(), why: Type.String() },
  'no-history': { timeline, file: Type.String(), nodes: Type.Array(node) },
  unseen: { on: node, what: Type.String(), why: Type.String() },
};

/** Of one line of `timelines --json`. */
export const timelinesSchema = Type.Object(
  {
    cluster: Type.String(),
    at: Type.String({ description: 'RFC 3339, UTC' }),
    current: Type.Union([Type.String(), Type.Null()], {
      description: 'Name of the branch that the only primary is on',
    }),
    roots: Type.Array(Type.Unsafe({ $ref: '#/$defs/branch' })),
    problems: Type.Array(
      Type.Union(Object.entries(problems).map(([is, rest]) => Type.Object({ is: Type.Literal(is), ...rest }))),
      { description: 'The gravest first' },
    ),
  },
  { title: 'The timelines of a cluster', $defs: { branch: Type.Object(branchProperties) } },
);

export const timelinesJson = ({ cluster, at, tree }: ClusterTimelines): Json => plainData({ cluster, at, ...tree });
