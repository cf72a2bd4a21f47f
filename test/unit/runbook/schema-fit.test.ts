// What fits, fits: the quick look at a schema never passes what the validator that explains itself would refuse.

import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { actions } from '../../../src/actions/index.ts';
import { checks } from '../../../src/checks/index.ts';
import { InventoryFile } from '../../../src/runbook/inventory-schema.ts';
import { closed } from '../../../src/runbook/schema-check.ts';
import { fits } from '../../../src/runbook/schema-fit.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, logger: false });
ajv.addVocabulary(['x-lifeboat', 'x-names', 'x-like']);

const kinds = [...actions.values(), ...checks.values()];
const schemas = [...kinds.map(({ params }) => closed(params)), closed(InventoryFile)];
const validators = schemas.map(schema => ({ schema, validate: ajv.compile(schema) }));

/** Words that the schemas know, so that what is made up comes close to what is meant. */
const keys = [...new Set(JSON.stringify(schemas).match(/[a-z_]+/g) ?? [])];
const scalar = fc.oneof(
  fc.constantFrom(...keys, 'node1', '30s', '12MB', '0/1A2B3C8', '', 'a b', '-1', 'ÿ𝒳'),
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -2, max: 70_000 }),
  fc.double(),
);
const anything = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('nothing fits that the validator refuses', () => {
  fc.assert(
    fc.property(anything, data => {
      for (const { schema, validate } of validators) if (fits(schema, data)) expect(validate(data)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('nothing close to what is right fits, where the validator refuses it', () => {
  const steps = readdirSync('runbooks')
    .filter(name => name.endsWith('.yaml'))
    .flatMap(
      name => (parse(readFileSync(`runbooks/${name}`, 'utf8')) as { steps: { action: string; with?: object }[] }).steps,
    );
  let fitting = 0;
  fc.assert(
    fc.property(fc.constantFrom(...steps), fc.constantFrom(...keys), anything, (step, key, value) => {
      const action = actions.get(step.action);
      if (!action) return;
      const schema = closed(action.params);
      const validate = ajv.compile(schema);
      const written = JSON.parse(JSON.stringify(step.with ?? {}).replaceAll(/\$\{\{[^}]*\}\}/g, '30s')) as object;
      for (const data of [
        written,
        ...Object.keys(written).map(one => ({ ...written, [one]: value })),
        { ...written, [key]: value },
      ]) {
        if (!fits(schema, data)) continue;
        fitting += 1;
        expect(validate(data)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
  expect(fitting).toBeGreaterThan(100);
});

test.each([
  ['a keyword that nobody knows here', { type: 'string', format: 'date' }, 'x'],
  ['several types', { type: ['string', 'null'] }, 'x'],
])('%s is left to the validator', (_what, schema, data) => {
  expect(fits(schema, data)).toBe(false);
});

test('an expression fits everywhere, for now; a hole only where nobody looks into it', () => {
  expect(fits({ type: 'integer' }, '${{ params.n }}')).toBe(true);
  expect(fits({ type: 'integer' }, { hole: 'nodes.x.timeline', after: 'one' })).toBe(true);
  expect(fits({ type: 'object', properties: {}, additionalProperties: false }, { hole: 'x', after: 'one' })).toBe(
    false,
  );
});
