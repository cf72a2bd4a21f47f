// How a drill speaks of a cluster that keeps backups and WAL, and of the way back to just before a mistake.

import { Type } from 'typebox';
import { duration, word } from './vocabulary.ts';

export const repository = Type.Object(
  {
    receiver: Type.Optional(
      word(['asynchronous', 'synchronous', 'none'], {
        default: 'asynchronous',
        description:
          'lifeboat wal receive beside the cluster; synchronous: commits wait for it. none: there is no WAL but that of the backup',
      }),
    ),
  },
  {
    description:
      'A base backup is taken before the load begins, of a standby where there is one, and all WAL is kept from then on',
    'x-like': 'such as { receiver: asynchronous }',
  },
);

export const target = Type.Object(
  {
    find: Type.Optional(
      Type.Object(
        {
          table: Type.Optional(Type.String({ minLength: 1 })),
          op: Type.Optional(word(['truncate', 'drop', 'delete', 'update', 'insert', 'any'])),
        },
        { description: 'As lifeboat wal find, which must name the mistake; without it the operator knows what he did' },
      ),
    ),
    by: Type.Optional(
      word(['xid', 'time', 'lsn', 'name'], {
        default: 'xid',
        description: 'Which kind of target the runbook is given; name: the restore point that the fault made',
      }),
    ),
    early: Type.Optional(
      duration({ description: 'By time alone: so much too early, as by somebody who is not sure; 0s where absent' }),
    ),
  },
  {
    description:
      'The runbook is given the place just before the last mistake, as its params to_xid, to_time, to_lsn or to_name, exclusive and timeline',
    'x-like': 'such as { find: { op: truncate }, by: xid }',
  },
);
