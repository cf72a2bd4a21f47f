// restore-beside: puts the backup that leads to a target into a sandbox on a node, beside what it has; nothing is moved and no server starts.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { sandboxOf } from '../look/sandbox.ts';
import { wishParams } from '../look/wish-params.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { Op } from '../ops.ts';
import { controlPath } from '../repo/restore-target.ts';
import { wayOf } from '../repo/restore-way.ts';
import type { Check } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { action, type Plan } from './action.ts';
import { longest, pathIs } from './parts/put-aside.ts';

export const restoreBeside = action({
  name: 'restore-beside',
  summary:
    'Restores the backup that leads to a target into a sandbox below the directory for broken data of a node, whose own server goes on; one that lies there already is left as it is',
  params: Type.Object({ node: node({ description: 'Where the sandbox lies' }), ...wishParams }),
  example: `- id: restore
  action: restore-beside
  with: { node: standby, to_xid: '742', exclusive: true }`,
  async plan({ node: on, ...params }, look): Promise<Plan> {
    const wish = wishWords(params);
    const target: Check[] = [
      { check: 'repository', on, with: {} },
      { check: 'reachable-target', on, with: wish },
    ];
    const needs: Check[] = [
      ...target,
      { check: 'backup-whole', on, with: wish },
      { check: 'restorable', on, with: { ...wish, beside: true } },
    ];
    const read = wishIn(wish);
    const found = read.is === 'wish' ? valueOf(await look.way(read.wish)) : undefined;
    if (found?.is !== 'chosen') return { needs, do: { ops: [], why: 'nothing leads to the target' }, promise: [] };
    const { places, directory } = sandboxOf(look, on, wayOf(found));
    // It comes last of a restore: what has it is whole.
    const last = `${places.data}/${controlPath}`;
    const whole = pathIs(on, last, 'full');
    if (valueOf(await look.path(on, last)) === 'full')
      return { needs: target, do: { ops: [], why: `it lies in ${directory} already` }, promise: [whole] };
    const op: Op = {
      do: { op: 'restore', wish, way: wayOf(found), into: places },
      on,
      within: longest,
      guard: [],
      done: [whole],
      alters: [],
      undo: 'free',
      why: 'nothing that is there is touched',
    };
    return { needs, do: { ops: [op] }, promise: [whole] };
  },
});
