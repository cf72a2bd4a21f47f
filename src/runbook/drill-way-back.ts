// What a drill that goes back to something must have: backups to go back to, and a place that was noted or aimed at.

import type { Mistake, Path } from './mistake.ts';

type Data = Readonly<Record<string, unknown>>;

/** An act as written, and where it stands. */
export interface WrittenAct {
  readonly act: Data;
  readonly path: Path;
}

export function wayBackMistakes({ repository, synchronous }: Data, acts: readonly WrittenAct[]): Mistake[] {
  const kept = repository !== undefined || acts.some(({ act }) => act['backup'] === true);
  return [
    ...(synchronous === true && mapping(repository)['receiver'] === 'synchronous'
      ? [said(['topology', 'repository', 'receiver'], 'commits wait for a standby already', 'leave out "synchronous"')]
      : []),
    ...acts.flatMap((one, at) => [
      ...needsRepository(one, kept),
      ...aimMistakes(one),
      ...noteMistakes(one, acts.slice(0, at + 1)),
    ]),
  ];
}

function needsRepository({ act, path }: WrittenAct, kept: boolean): Mistake[] {
  const { lost, tables } = mapping(act['proof']);
  const places: readonly (readonly [Path, boolean])[] = [
    [['target'], act['target'] !== undefined],
    [['proof', 'lost'], lost === 'after-backup'],
    [['proof', 'tables'], tables === 'as-backed-up'],
  ];
  return kept
    ? []
    : places.flatMap(([place, is]) =>
        is
          ? [
              said(
                [...path, ...place],
                'the cluster has no backup to go back to',
                'topology: { repository: { receiver: asynchronous } }',
              ),
            ]
          : [],
      );
}

function aimMistakes({ act, path }: WrittenAct): Mistake[] {
  const { early, by } = mapping(act['target']);
  const blind = act['target'] === undefined && mapping(act['proof'])['lost'] === 'after-target';
  return [
    ...(early !== undefined && by !== 'time'
      ? [said([...path, 'target', 'early'], 'only a time can be too early', 'by: time')]
      : []),
    ...(blind
      ? [said([...path, 'proof', 'lost'], 'there is no target that rows could be after', 'target: { by: xid }')]
      : []),
  ];
}

/** `before`: the acts up to and with this one. */
function noteMistakes({ act, path }: WrittenAct, before: readonly WrittenAct[]): Mistake[] {
  const { noted } = mapping(act['proof']);
  return noted === undefined || before.some(one => one.act['note'] !== undefined)
    ? []
    : [said([...path, 'proof', 'noted'], 'nothing was noted before', 'note: a query, beside the fault')];
}

const mapping = (value: unknown): Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};

const said = (path: Path, message: string, hint: string): Mistake => ({ path, part: 'value', message, hint });
