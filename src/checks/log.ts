// log: the server log says these things, in order, after the mark of this step or an earlier one, about the timeline that is expected.

import { type Static, Type } from 'typebox';
import { checkKind, type Evidence, type Verdict } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import type { LoggedLine, Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { forbidden, type PitrEnd, pitrEnd, promotion, rebuild, switchback } from '../postgres/expectations.ts';
import { type Expectation, expectMessages } from '../postgres/sequence.ts';
import { type MessageName, messageNames } from '../postgres/messages.ts';
import { step, word } from '../runbook/vocabulary.ts';

const stories = ['promotion', 'switchback', 'rebuild', 'pitr', 'recovery'] as const;

/** What a recovery must say of its end, as far as that is known beforehand. */
const reached = Type.Object({
  target: Type.Optional(Type.String({ description: 'Where it says that it goes' })),
  side: Type.Optional(word(['before', 'after'], { description: 'Of the record that it ends at' })),
  xid: Type.Optional(Type.String({ description: 'Transaction of that record' })),
  time: Type.Optional(Type.String({ description: 'When that transaction ended' })),
  lsn: Type.Optional(Type.String({ description: 'Place of the WAL that it must not end before' })),
  name: Type.Optional(Type.String({ description: 'Restore point' })),
});
type Reached = Static<typeof reached>;
type Story = (typeof stories)[number];

/** `redo-ended` is either of two lines: a standby that replayed nothing since its start has no "redo done" to say. */
const eitherOf: Readonly<Record<string, readonly MessageName[]>> = { 'redo-ended': ['redo-done', 'redo-not-required'] };

export const log = checkKind({
  name: 'log',
  summary:
    'The server log says these messages, in order, after the step (or an earlier one) began; timelines inside them are compared',
  params: Type.Object({
    says: Type.Optional(
      Type.Array(Type.Unsafe<string>({ type: 'string', enum: [...Object.keys(eitherOf), ...messageNames] }), {
        minItems: 1,
        description: 'Names of the message catalogue',
      }),
    ),
    story: Type.Optional(
      word(stories, {
        description: 'What must be said, and what must not, where a server becomes this, on every version',
      }),
    ),
    reached: Type.Optional(reached),
    since: Type.Optional(
      step({ description: 'Earlier step from whose beginning the log is read, instead of this one' }),
    ),
  }),
  example: '{ check: log, on: standby, says: [promote-requested, redo-ended, new-timeline] }',
  words: (on, { says = [], story, reached: end, since }) =>
    `${on} log ${[...(story === undefined ? [] : [`tells of a ${story}${endWords(end)}`]), ...(says.length === 0 ? [] : [`says ${says.join(', ')}`])].join(' and ')}${since === undefined ? '' : ` since step ${since}`}`,
  async test(on, { says = [], story, reached: end, since }, look): Promise<Verdict> {
    const lines = await look.log(on, since);
    if (lines.is === 'later' || lines.is === 'silent') return lines;
    const recognised = lines.value.flatMap(line => (line.message ? [line.message] : []));
    const now = valueOf(await look.fact(on, 'timeline'));
    const forbid = story === undefined ? undefined : recognised.find(({ name }) => forbiddenIn(story).includes(name));
    if (forbid) return { is: 'fails', expected: `no "${forbid.name}"`, found: 'it is there' };
    const wanted = [...(story === undefined ? [] : told(story, now, end)), ...expectations(says, now)];
    const verdict = expectMessages(recognised, wanted);
    if (verdict.holds)
      return {
        is: 'holds',
        found: `${String(verdict.at.length)} messages`,
        evidence: evidence(lines.value, verdict.at),
      };
    const hidden = await hides(look, on);
    if (hidden !== undefined) return { is: 'absent', why: hidden };
    const mark = (since === undefined ? look.mark : look.markOf(since))?.nodes[on]?.log;
    return {
      is: 'fails',
      expected: verdict.wrong ? `${verdict.wrong.name} ${verdict.wrong.expected}` : `"${verdict.missing}"`,
      found: verdict.wrong
        ? verdict.wrong.found
        : `not in the log${verdict.after === undefined ? '' : ` after "${verdict.after}"`}`,
      ...(mark && { hint: `read it yourself: tail -c +${String(mark.offset + 1)} ${mark.file}` }),
    };
  },
  forecast: () => ({}),
});

const endWords = ({ target, side, xid }: Reached = {}): string =>
  xid === undefined ? (target === undefined ? '' : ` to ${target}`) : ` that stops ${side ?? 'at'} transaction ${xid}`;

/** The sets that hold on 13 to 18; what an idle new primary has not written yet cannot be replayed. */
function told(story: Story, now: number | undefined, end: Reached = {}): Expectation[] {
  const timeline = now ?? 0;
  if (story === 'recovery') return pitrEnd({ timeline: { exactly: timeline }, target: false });
  if (story === 'pitr') return pitrEnd({ timeline: { exactly: timeline }, ...ending(end) });
  if (story === 'switchback') return switchback({ timeline, replays: false });
  return story === 'promotion' ? promotion({ exactly: timeline }) : rebuild(timeline);
}

/** A recovery without a target is forbidden the same as one with. */
const forbiddenIn = (story: Story): readonly MessageName[] => forbidden[story === 'recovery' ? 'pitr' : story];

/** An LSN is compared with the record that begins there, or the next one. */
function ending({ target, lsn, ...fields }: Reached): Pick<PitrEnd, 'goal' | 'stop'> {
  return {
    ...(target !== undefined && { goal: target }),
    stop: { ...fields, ...(lsn !== undefined && { lsn: { atLeast: lsn } }) },
  };
}

/** A new timeline must be the one that the server is on now, and not the one it was on: the line of another promotion does not count. */
function expectations(says: readonly string[], now: number | undefined): Expectation[] {
  return says.map(name => {
    const any = eitherOf[name] ?? [name as MessageName];
    const fields = name === 'new-timeline' && now !== undefined ? { timeline: String(now) } : undefined;
    return { any: any.map(one => ({ name: one, ...(fields && { fields }) })) };
  });
}

function evidence(lines: readonly LoggedLine[], at: readonly object[]): Evidence[] {
  return at.flatMap(message => {
    const line = lines.find(one => one.message === message);
    return line?.message ? [{ message: line.message.name, text: line.text, file: line.file, offset: line.offset }] : [];
  });
}

/** Why LOG lines cannot be seen at all, where that is so: then facts decide. */
async function hides(look: Look, on: NodeName): Promise<string | undefined> {
  const rows = await look.rows(on, "select current_setting('log_min_messages'), current_setting('log_destination')");
  const [level, destination] = valueOf(rows)?.[0] ?? [];
  if (level === 'fatal' || level === 'panic') return `log_min_messages = ${level} on ${on} hides LOG lines`;
  if (destination !== undefined && !/stderr|csvlog|jsonlog/.test(destination))
    return `the log of ${on} goes to ${destination}`;
  return undefined;
}
