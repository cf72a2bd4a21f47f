// The shape of a drill that tells a story of several acts: the long form of a drill file.

import { Type } from 'typebox';
import { Answer, drillProperties, happening, Proof } from './drill-schema.ts';

const count = (description: string): ReturnType<typeof Type.Integer> =>
  Type.Integer({ minimum: 1, maximum: 100, description });

const actProperties = {
  title: Type.Optional(
    Type.String({ minLength: 1, description: 'One sentence; that of the runbook where it is absent' }),
  ),
  heal: Type.Optional(
    Type.Boolean({
      description:
        'Takes away first what earlier acts broke: hosts answer again, disks can be written to. No server is started',
    }),
  ),
  ...happening,
  fault: Type.Optional(drillProperties.fault),
  runbook: Type.Object(Answer.properties, { 'x-like': 'such as { name: switchover }' }),
  proof: Type.Optional(Proof),
  backup: Type.Optional(
    Type.Boolean({
      description:
        'The runbook takes a backup, and nobody writes meanwhile: after-backup and as-backed-up mean this one from then on. A runbook that comes back to it is given its directory as param from',
    }),
  ),
  repeat: Type.Optional(count('How often in a row; once where absent')),
};

/** An act, or several that are repeated as a whole: which of both is told by `runbook` or `acts` being there. */
export const Act = Type.Object(
  {
    ...actProperties,
    runbook: Type.Optional(actProperties.runbook),
    acts: Type.Optional(
      Type.Array(Type.Object(actProperties), {
        minItems: 1,
        description: 'In place of a runbook: acts that are repeated as a whole',
      }),
    ),
  },
  { 'x-like': 'such as { runbook: { name: switchover } }' },
);

export const acts = Type.Array(Act, {
  minItems: 1,
  description: 'What happens, one after the other, while the writer goes on; in place of fault and runbook',
});

const {
  fault: _fault,
  note: _note,
  noticed_after: _after,
  target: _target,
  runbook: _runbook,
  proof: _proof,
  ...whole
} = drillProperties;
export const StoryFile = Type.Object({ ...whole, acts });
