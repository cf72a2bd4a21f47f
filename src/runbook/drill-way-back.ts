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
      ...rehearsalMistakes(one, repository !== undefined),
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
  const { lost, rescued, tables } = mapping(act['proof']);
  const blind = act['target'] === undefined && lost === 'after-target';
  return [
    ...(rescued !== undefined && (act['target'] === undefined || tables !== 'unchanged')
      ? [
          said(
            [...path, 'proof', 'rescued'],
            'nobody knows what it held, or from when',
            'target: { by: xid }, and proof: { tables: unchanged }',
          ),
        ]
      : []),
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

/** What happens to the copy, and who is who there, the story of the rehearsal tells. */
function rehearsalMistakes({ act, path }: WrittenAct, kept: boolean): Mistake[] {
  const runbook = mapping(act['runbook']);
  if (runbook['rehearse'] !== true) return [];
  const own = (place: Path): Mistake => ({
    path: [...path, ...place],
    part: 'key',
    message: `"${String(place.at(-1))}" cannot stand beside a rehearsal`,
    hint: 'the story of the rehearsal says it: runbooks/rehearsals',
  });
  return [
    ...(kept
      ? []
      : [
          said(
            [...path, 'runbook', 'rehearse'],
            'the cluster has no backup to make a copy of',
            'topology: { repository: { receiver: asynchronous } }',
          ),
        ]),
    ...['fault', 'target', 'backup'].filter(key => act[key] !== undefined).map(key => own([key])),
    ...['bind', 'accept_loss', 'accept_unfenced']
      .filter(key => runbook[key] !== undefined)
      .map(key => own(['runbook', key])),
  ];
}

const mapping = (value: unknown): Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};

const said = (path: Path, message: string, hint: string): Mistake => ({ path, part: 'value', message, hint });
