// The disk of the WAL directory is full: every write that needs another segment fails, and the server goes down with it.

import { Type } from 'typebox';
import { seconds } from '../../time.ts';
import { word } from '../../runbook/vocabulary.ts';
import { fillDisk, freeDisk, segmentsFromDevFull, segmentsFromDisk } from '../full-disk.ts';
import { until } from '../probe.ts';
import { postmaster } from '../server.ts';
import { useUpWal } from '../wal.ts';
import { labFault } from './fault.ts';

export const walFull = labFault({
  name: 'wal-full',
  summary: 'no space left for WAL (ENOSPC): the server panics and cannot end its crash recovery',
  params: Type.Object(
    {
      how: Type.Optional(
        word(['disk', 'device'], {
          description:
            'disk: a small file system of its own, which somebody fills to the last byte; the server is restarted once on the way, and only root can mount it; crash recovery fails, and the server goes down. device: the next segments lead to /dev/full, which answers as a full disk does, while df still sees free space; takes no rights; the server goes round in crash recovery for ever. Root gets the disk, everyone else the device',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: wal-full, on: node1, with: { how: device } }',
  async break(lab, node, { how = process.getuid?.() === 0 ? 'disk' : 'device' }) {
    if (how === 'disk') await fillDisk(lab, node);
    else await segmentsFromDevFull(lab, node);
    await useUpWal(lab, node, `df ${node.wal}`);
  },
  async heal(lab, node) {
    freeDisk(node);
    segmentsFromDisk(node);
    const answers = () =>
      lab.psql(node.name, 'select 1', seconds(5)).then(
        () => true,
        () => postmaster(node) === undefined,
      );
    await until(60_000, answers, 50);
  },
});
