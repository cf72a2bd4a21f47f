// Reads a drill: text in, a checked drill out, or every mistake with its place.

import { type Static, type TObject, Type } from 'typebox';
import { bytes, seconds } from '../time.ts';
import type { ParamValue } from './book-types.ts';
import type { Catalogue, Described } from './catalogue.ts';
import { decode, plainDecoding } from './decode.ts';
import { DrillFile, faultProperties } from './drill-schema.ts';
import type { Drill } from './drill-types.ts';
import type { Mistake } from './mistake.ts';
import { meant } from './nearest.ts';
import { type Checked, right, wrong } from './problems.ts';
import { mistakesIn } from './schema-check.ts';
import { describe } from './schema-words.ts';
import { writtenPasswords } from './written-passwords.ts';
import { readYaml } from './yaml-source.ts';

/** @param file as the messages shall name it */
export function readDrill(text: string, file: string, catalogue: Pick<Catalogue, 'faults'>): Checked<Drill> {
  const yaml = readYaml(text, file, 'drill');
  if (!yaml.ok) return yaml;
  const { data } = yaml.value;
  const decoded = decode(DrillFile, data, plainDecoding);
  const mistakes = [
    ...writtenPasswords(data),
    ...(decoded.ok ? [] : decoded.mistakes),
    ...faultMistakes(data['fault'], catalogue.faults),
    ...ruleMistakes(data),
  ];
  if (!decoded.ok || mistakes.length > 0) return wrong(yaml.value.problems(mistakes));
  return right(drillOf(decoded.value, file, text));
}

/** A fault as it stands in a drill: its tag, the node it hits, and its own parameters. */
export const faultSchema = (kind: Described): TObject =>
  Type.Object({ ...kind.params.properties, ...faultProperties, fault: Type.Literal(kind.name) });

function faultMistakes(written: unknown, faults: Catalogue['faults']): Mistake[] {
  if (typeof written !== 'object' || written === null || !('fault' in written)) return [];
  const name = written.fault;
  if (typeof name !== 'string') return [];
  const kind = faults.get(name);
  if (!kind) {
    const hint = meant(name, faults.keys(), 'the faults');
    return [{ path: ['fault', 'fault'], part: 'value', message: `no fault is named ${describe(name)}`, hint }];
  }
  return mistakesIn(faultSchema(kind), written, ['fault']);
}

type Data = Readonly<Record<string, unknown>>;
const mapping = (value: unknown): Data => (typeof value === 'object' && value !== null ? (value as Data) : {});

function ruleMistakes(data: Data): Mistake[] {
  const timeline = mapping(mapping(data['proof'])['timeline']);
  const { before = 1, after = 2 } = timeline;
  const nodes = mapping(data['topology'])['nodes'];
  const { synchronous } = mapping(data['topology']);
  return [
    ...(typeof before === 'number' && typeof after === 'number' && after < before
      ? [
          said(
            ['proof', 'timeline'],
            `timeline ${after} cannot follow timeline ${before}`,
            'a promotion makes a higher one',
          ),
        ]
      : []),
    ...(nodes === 1 && synchronous === true
      ? [said(['topology', 'synchronous'], 'one node alone has no standby that commits could wait for', 'nodes: 2')]
      : []),
  ];
}

const said = (path: Mistake['path'], message: string, hint: string): Mistake => ({
  path,
  part: 'value',
  message,
  hint,
});

function drillOf(written: Static<typeof DrillFile>, file: string, text: string): Drill {
  const { topology, load, runbook, proof, objective } = written;
  const { fault, on, ...params } = written.fault as typeof written.fault & Record<string, ParamValue>;
  return {
    name: written.drill,
    title: written.title,
    description: written.description?.trim(),
    topology: {
      nodes: topology?.nodes ?? 2,
      synchronous: topology?.synchronous ?? false,
      settings: Object.fromEntries(
        Object.entries(topology?.settings ?? {}).map(([name, value]) => [name, settingText(value)]),
      ),
    },
    load: {
      writers: load?.writers ?? 4,
      pgbench: load?.pgbench ?? 0,
      before: load?.before ?? seconds(3),
      redo: load?.redo ?? bytes(0),
      loop: load?.loop ?? false,
    },
    fault: { fault, on: on ?? 'primary', with: params },
    runbook: {
      name: runbook.name,
      params: runbook.params ?? {},
      acceptLoss: runbook.accept_loss,
      acceptUnfenced: runbook.accept_unfenced ?? [],
    },
    proof: {
      lost: proof?.lost ?? 0,
      readiness: proof?.readiness ?? [],
      timeline: { before: proof?.timeline?.before ?? 1, after: proof?.timeline?.after ?? 2 },
    },
    objective: { rto: objective?.rto, rpo: objective?.rpo },
    file,
    text,
  };
}

/** YAML reads `on` as text but `true` as a boolean; postgresql.conf takes either. */
const settingText = (value: ParamValue): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
