// The parameters by which a book says where a recovery shall end: the same for every check and action that is about it.

import { Type } from 'typebox';
import { word } from '../runbook/vocabulary.ts';

const place = (description: string) => Type.Optional(Type.String({ description: `${description}; empty for none` }));

export const wishParams = {
  to_time: place('Up to this time, with its zone: "2026-11-21 16:45:04+00"'),
  to_xid: place('Up to this transaction'),
  to_lsn: place('Up to this place of the WAL'),
  to_name: place('Up to this restore point'),
  to: Type.Optional(
    word(['latest', 'immediate'], {
      description: 'Where it is no place of its own: the end of the WAL, or where the backup is consistent',
    }),
  ),
  exclusive: Type.Optional(Type.Boolean({ description: 'Up to just before the target, not just after it' })),
  timeline: place('current (that of the backup), latest, or a number; latest where absent'),
  backup: place('Only from the backup of this id'),
};
