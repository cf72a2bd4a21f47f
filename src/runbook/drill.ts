// Reads a drill: text in, a checked drill out, or every mistake with its place.

import type { Static } from 'typebox';
import { bytes, seconds } from '../time.ts';
import { StoryFile } from './act-schema.ts';
import type { ParamValue } from './book-types.ts';
import type { Catalogue } from './catalogue.ts';
import { decode, type Decodes, plainDecoding } from './decode.ts';
import { actsOf, onlyAct } from './drill-acts.ts';
import { ruleMistakes } from './drill-rules.ts';
import { DrillFile } from './drill-schema.ts';
import type { Act, Drill } from './drill-types.ts';
import { type Checked, right, wrong } from './problems.ts';
import { writtenPasswords } from './written-passwords.ts';
import { readYaml } from './yaml-source.ts';

/** @param file as the messages shall name it */
export function readDrill(text: string, file: string, catalogue: Pick<Catalogue, 'faults'>): Checked<Drill> {
  const yaml = readYaml(text, file, 'drill');
  if (!yaml.ok) return yaml;
  const { data } = yaml.value;
  const decoded = data['acts'] === undefined ? decodeShort(data) : decodeStory(data);
  const mistakes = [
    ...writtenPasswords(data),
    ...(decoded.ok ? [] : decoded.mistakes),
    ...ruleMistakes(data, catalogue.faults),
  ];
  if (!decoded.ok || mistakes.length > 0) return wrong(yaml.value.problems(mistakes));
  return right(drillOf(decoded.value, file, text));
}

type Whole = Omit<Static<typeof StoryFile>, 'acts'> & { readonly acts: readonly Act[] };

function decodeShort(data: unknown): Decodes<Whole> {
  const decoded = decode(DrillFile, data, plainDecoding);
  return decoded.ok ? { ok: true, value: { ...decoded.value, acts: [onlyAct(decoded.value)] } } : decoded;
}

function decodeStory(data: unknown): Decodes<Whole> {
  const decoded = decode(StoryFile, data, plainDecoding);
  return decoded.ok ? { ok: true, value: { ...decoded.value, acts: actsOf(decoded.value.acts) } } : decoded;
}

function drillOf(written: Whole, file: string, text: string): Drill {
  const { topology, load, acts, objective } = written;
  return {
    name: written.drill,
    title: written.title,
    description: written.description?.trim(),
    topology: {
      nodes: topology?.nodes ?? 2,
      synchronous: topology?.synchronous ?? false,
      repository: topology?.repository && { receiver: topology.repository.receiver ?? 'asynchronous' },
      upstream: topology?.upstream ?? {},
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
    acts,
    objective: { rto: objective?.rto, rpo: objective?.rpo },
    file,
    text,
  };
}

/** YAML reads `on` as text but `true` as a boolean; postgresql.conf takes either. */
const settingText = (value: ParamValue): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
