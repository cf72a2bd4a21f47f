// The acts of a drill as written → one after the other, those that are repeated as often as that.

import type { Static } from 'typebox';
import type { StoryFile } from './act-schema.ts';
import { seconds } from '../time.ts';
import type { ParamValue } from './book-types.ts';
import type { DrillFile } from './drill-schema.ts';
import type { Act } from './drill-types.ts';

type Short = Static<typeof DrillFile>;
type Written = Static<typeof StoryFile>['acts'][number];
type Single = NonNullable<Written['acts']>[number];

/** The short form: one fault, one runbook; its cluster is fresh, and a failover raises the timeline to 2. */
export function onlyAct({ fault, note, noticed_after, target, runbook, proof }: Short): Act {
  const single = {
    fault,
    runbook,
    ...(note !== undefined && { note }),
    ...(noticed_after !== undefined && { noticed_after }),
    ...(target && { target }),
    ...(proof && { proof }),
  };
  const act = actOf(single, undefined);
  const { before, after, raised } = act.proof.timeline;
  const timeline = { before: before ?? 1, after: after ?? (raised === undefined ? 2 : undefined), raised };
  return { ...act, proof: { ...act.proof, timeline } };
}

export const actsOf = (written: readonly Written[]): Act[] =>
  written.flatMap(({ acts, repeat = 1, ...one }) => {
    const inside: readonly Single[] = acts ?? (one.runbook === undefined ? [] : [{ ...one, runbook: one.runbook }]);
    return turns(repeat).flatMap(turn => inside.flatMap(act => turns(act.repeat).map(own => actOf(act, own ?? turn))));
  });

const turns = (of = 1): Act['turn'][] =>
  of === 1 ? [undefined] : Array.from({ length: of }, (_, at) => ({ number: at + 1, of }));

function actOf(
  { title, heal, backup, note, fault, noticed_after, target, runbook, proof }: Omit<Single, 'repeat'>,
  turn: Act['turn'],
): Act {
  const timeline = proof?.timeline;
  return {
    title,
    turn,
    heal: heal ?? false,
    backup: backup ?? false,
    note,
    fault: fault && faultOf(fault),
    noticedAfter: noticed_after ?? seconds(0),
    target: target && { find: target.find, by: target.by ?? 'xid', early: target.early ?? seconds(0) },
    runbook: {
      name: runbook.name,
      params: runbook.params ?? {},
      bind: runbook.bind ?? {},
      acceptLoss: runbook.accept_loss,
      acceptUnfenced: runbook.accept_unfenced ?? [],
      rehearse: runbook.rehearse ?? false,
    },
    proof: {
      lost: proof?.lost ?? 0,
      readiness: proof?.readiness ?? [],
      timeline: { before: timeline?.before, after: timeline?.after, raised: timeline?.raised },
      primary: proof?.primary,
      standbys: proof?.standbys,
      baseBackups: proof?.base_backups,
      tables: proof?.tables,
      rescued: proof?.rescued,
      noted: proof?.noted,
    },
  };
}

function faultOf(written: NonNullable<Single['fault']>): NonNullable<Act['fault']> {
  const { fault, on, ...params } = written as typeof written & Record<string, ParamValue>;
  return { fault, on, with: params };
}
