// command: any program on a node, with its effect, its proof and its way back declared.

import { Type } from 'typebox';
import type { Op } from '../ops.ts';
import { check, duration, node, text, word } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const command = action({
  name: 'command',
  summary: 'Runs a program on a node; its effect must be declared, for Lifeboat cannot know it',
  params: Type.Object({
    node: node({ description: 'The node it runs on' }),
    argv: Type.Array(text(), {
      minItems: 1,
      description: 'The program and its arguments, one by one; no shell reads them',
    }),
    effect: word(['reads', 'undoable', 'final'], {
      description: 'reads: changes nothing · undoable: `undo` takes it back · final: there is no way back',
    }),
    undo: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'The program that takes it back' })),
    done: Type.Optional(check({ description: 'The proof that it happened; where it holds already, nothing is done' })),
    stdin: Type.Optional(text({ description: 'Fed to it' })),
    within: Type.Optional(duration({ description: 'Its deadline, kept on the host' })),
  }),
  example: `- id: move-address
  action: command
  with: { node: standby, argv: [/usr/local/bin/take-vip, 172.16.3.100], effect: undoable, undo: [/usr/local/bin/drop-vip, 172.16.3.100] }`,
  plan(params) {
    const within = params.within ?? seconds(60);
    const done = params.done ? [params.done] : [];
    const base = { on: params.node, within: within, guard: [] as const, alters: [] as const };
    const undo: Op['undo'] =
      params.effect === 'reads'
        ? 'free'
        : params.effect === 'undoable' && params.undo
          ? [{ ...base, do: { op: 'exec', tries: [{ argv: params.undo, within }] }, done: [], undo: 'free' }]
          : 'never';
    const stdin = params.stdin === undefined ? {} : { stdin: params.stdin };
    const op: Op = { ...base, do: { op: 'exec', tries: [{ argv: params.argv, within }], ...stdin }, done, undo };
    return Promise.resolve({ needs: [], do: { ops: [op] }, promise: done });
  },
});
