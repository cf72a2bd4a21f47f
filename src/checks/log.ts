// log: the server log says these things, in order, after the mark, about the timeline that is expected.

import { Type } from 'typebox';
import { checkKind, type Evidence, type Verdict } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import type { LoggedLine, Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { type Expectation, expectMessages } from '../postgres/sequence.ts';
import { type MessageName, messageNames } from '../postgres/messages.ts';

/** `redo-ended` is either of two lines: a standby that replayed nothing since its start has no "redo done" to say. */
const eitherOf: Readonly<Record<string, readonly MessageName[]>> = { 'redo-ended': ['redo-done', 'redo-not-required'] };

export const log = checkKind({
  name: 'log',
  summary: 'The server log says these messages, in order, after the step began; timelines inside them are compared',
  params: Type.Object({
    says: Type.Array(Type.Unsafe<string>({ type: 'string', enum: [...Object.keys(eitherOf), ...messageNames] }), {
      minItems: 1,
      description: 'Names of the message catalogue',
    }),
  }),
  example: '{ check: log, on: standby, says: [promote-requested, redo-ended, new-timeline] }',
  words: (on, { says }) => `${on} log says ${says.join(', ')}`,
  async test(on, { says }, look): Promise<Verdict> {
    const lines = await look.log(on);
    if (lines.is === 'later' || lines.is === 'silent') return lines;
    const recognised = lines.value.flatMap(line => (line.message ? [line.message] : []));
    const verdict = expectMessages(recognised, await expectations(look, on, says));
    if (verdict.holds)
      return { is: 'holds', found: `${String(says.length)} messages`, evidence: evidence(lines.value, verdict.at) };
    const hidden = await hides(look, on);
    if (hidden !== undefined) return { is: 'absent', why: hidden };
    const mark = look.mark?.nodes[on]?.log;
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

/** A new timeline must be the one that the server is on now, and not the one it was on: the line of another promotion does not count. */
async function expectations(look: Look, on: NodeName, says: readonly string[]): Promise<Expectation[]> {
  const now = valueOf(await look.fact(on, 'timeline'));
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
