// The schemas for editors agree with the reader: what ships passes, what the reader refuses mostly fails.

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schemas } from '../../../src/cli/schemas.ts';
import { runbookSchema } from '../../../src/runbook/schemas.ts';
import { catalogue } from './support.ts';

const root = new URL('../../../', import.meta.url);
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
ajv.addVocabulary(['enumDescriptions', 'markdownEnumDescriptions']);
const all = schemas();

const filesIn = (folder: string): string[] =>
  readdirSync(new URL(folder, root))
    .filter(file => file.endsWith('.yaml'))
    .map(file => `${folder}/${file}`);

describe('schemas', () => {
  it.each(['runbook', 'inventory', 'drill'])('%s is a schema', name => {
    expect(all[name]).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
    ajv.compile(all[name]!);
  });

  it.each([
    ...filesIn('runbooks').map(file => [file, 'runbook'] as const),
    ...['runbooks/drills', 'runbooks/rehearsals'].flatMap(filesIn).map(file => [file, 'drill'] as const),
  ])('%s passes', (file, name) => {
    const validate = ajv.compile(all[name]!);
    expect(validate(parse(readFileSync(new URL(file, root), 'utf8'))) ? [] : validate.errors).toEqual([]);
  });

  it('every example of an action or a check passes', () => {
    const validate = ajv.compile(all['runbook']!);
    const { $defs } = all['runbook'] as {
      $defs: { step: { properties: { action: { markdownEnumDescriptions: string[] } } } };
    };
    const examples = $defs.step.properties.action.markdownEnumDescriptions.map(
      text => /```yaml\n([^]*)\n```/.exec(text)![1]!,
    );
    for (const example of examples) {
      const steps: unknown = parse(example);
      expect(validate({ runbook: 'x', title: 'x', steps }) ? [] : [example, validate.errors]).toEqual([]);
    }
  });

  it('speaks of the chosen action alone', () => {
    const validate = ajv.compile(runbookSchema(catalogue));
    const step = { id: 'stop', action: 'stop', with: { node: 'primary', moeds: ['fast'] } };
    expect(validate({ runbook: 'x', title: 'x', steps: [step] })).toBe(false);
    expect(validate.errors?.filter(({ keyword }) => keyword === 'additionalProperties')).toMatchObject([
      { instancePath: '/steps/0/with', params: { additionalProperty: 'moeds' } },
    ]);
    expect(
      validate({ runbook: 'x', title: 'x', steps: [{ ...step, with: { node: 'p', within: '${{ params.x }}' } }] }),
    ).toBe(true);
    expect(validate({ runbook: 'x', title: 'x', steps: [{ ...step, with: { node: 'p', within: 'soon' } }] })).toBe(
      false,
    );
  });
});
