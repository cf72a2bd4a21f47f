// What the schema of a drill cannot say: faults with their own parameters, nodes that the lab has, timelines that can follow.

import { type TObject, Type } from 'typebox';
import { cascadeMistakes } from './cascade.ts';
import type { Catalogue, Described } from './catalogue.ts';
import { faultProperties } from './drill-schema.ts';
import { wayBackMistakes } from './drill-way-back.ts';
import type { Mistake, Path } from './mistake.ts';
import { meant } from './nearest.ts';
import { mistakesIn } from './schema-check.ts';
import { describe } from './schema-words.ts';

type Data = Readonly<Record<string, unknown>>;

/** A fault as it stands in a drill: its tag, the node it hits, and its own parameters. */
export const faultSchema = (kind: Described): TObject =>
  Type.Object({ ...kind.params.properties, ...faultProperties, fault: Type.Literal(kind.name) });

/** `data`: the file as written, perhaps not even of the right form. */
export function ruleMistakes(data: Data, faults: Catalogue['faults']): Mistake[] {
  const { nodes = 2, synchronous, upstream } = mapping(data['topology']);
  const lab = typeof nodes === 'number' && nodes >= 1 && nodes <= 9 ? nodes : 9;
  const names = Array.from({ length: lab }, (_, at) => `node${String(at + 1)}`);
  const parts: readonly Part[] =
    data['acts'] === undefined
      ? [{ act: data, path: [], timeline: { before: 1, after: 2 } }]
      : listed(data['acts'], ['acts']);
  return [
    ...parts.flatMap(part => [
      ...formMistakes(part),
      ...faultMistakes(part, faults),
      ...nameMistakes(part, names),
      ...timelineMistakes(part),
    ]),
    ...cascadeMistakes(mapping(upstream), lab).map(({ node, message, hint }) =>
      said(['topology', 'upstream', node], message, hint),
    ),
    ...wayBackMistakes(mapping(data['topology']), parts),
    ...(nodes === 1 && synchronous === true
      ? [said(['topology', 'synchronous'], 'one node alone has no standby that commits could wait for', 'nodes: 2')]
      : []),
  ];
}

interface Part {
  readonly act: Data;
  readonly path: Path;
  /** What holds where the file says nothing. */
  readonly timeline?: { readonly before: number; readonly after: number };
}

/** Every act, and the acts in it. */
function listed(written: unknown, path: Path): Part[] {
  if (!Array.isArray(written)) return [];
  return written.flatMap((one: unknown, at) => {
    const act = mapping(one);
    const here = [...path, at];
    return [{ act, path: here }, ...listed(act['acts'], [...here, 'acts'])];
  });
}

/** A list of acts takes the place of a runbook, and has neither fault nor proof of its own. */
function formMistakes({ act, path }: Part): Mistake[] {
  // The file as a whole, and acts within acts, are the schema's business.
  if (path.length !== 2) return [];
  if (act['acts'] === undefined) {
    return act['runbook'] === undefined && Object.keys(act).length > 0
      ? [said(path, '"runbook" is missing', 'add runbook: { name: … }, or acts: a list of acts')]
      : [];
  }
  return ['runbook', 'fault', 'proof', 'heal', 'title']
    .filter(key => act[key] !== undefined)
    .map(key => ({
      path: [...path, key],
      part: 'key',
      message: `"${key}" cannot stand beside "acts"`,
      hint: 'write it in one of these acts',
    }));
}

function faultMistakes({ act, path }: Part, faults: Catalogue['faults']): Mistake[] {
  const written = act['fault'];
  if (typeof written !== 'object' || written === null || !('fault' in written)) return [];
  const name = written.fault;
  if (typeof name !== 'string') return [];
  const kind = faults.get(name);
  if (!kind) {
    const hint = meant(name, faults.keys(), 'the faults');
    return [{ path: [...path, 'fault', 'fault'], part: 'value', message: `no fault is named ${describe(name)}`, hint }];
  }
  return mistakesIn(faultSchema(kind), written, [...path, 'fault']);
}

/** The nodes of a lab are known from their number alone. */
function nameMistakes({ act, path }: Part, nodes: readonly string[]): Mistake[] {
  const players = ['primary', 'standby', ...nodes];
  const proof = mapping(act['proof']);
  const { bind } = mapping(act['runbook']);
  const standbys = Array.isArray(proof['standbys']) ? (proof['standbys'] as unknown[]) : [];
  const places: readonly (readonly [Path, unknown, readonly string[]])[] = [
    [['fault', 'on'], mapping(act['fault'])['on'], players],
    ...Object.entries(mapping(bind)).map(([role, node]) => [['runbook', 'bind', role], node, players] as const),
    [['proof', 'primary'], proof['primary'], nodes],
    ...standbys.map((one, at) => [['proof', 'standbys', at], one, nodes] as const),
  ];
  const unknown = places.flatMap(([at, name, known]) =>
    typeof name !== 'string' || known.includes(name)
      ? []
      : [
          said(
            [...path, ...at],
            `the drill has no node ${describe(name)}`,
            meant(name, known, 'these are known') ?? 'topology: { nodes: … } says how many there are',
          ),
        ],
  );
  const both = standbys.indexOf(proof['primary']);
  return both < 0 || proof['primary'] === undefined
    ? unknown
    : [
        ...unknown,
        said(
          [...path, 'proof', 'standbys', both],
          `${describe(proof['primary'])} is the primary, and cannot be a standby as well`,
          'leave it out',
        ),
      ];
}

function timelineMistakes({ act, path, timeline }: Part): Mistake[] {
  const wanted = mapping(mapping(act['proof'])['timeline']);
  const { before = timeline?.before, after = timeline?.after } = wanted;
  return typeof before === 'number' && typeof after === 'number' && after < before
    ? [
        said(
          [...path, 'proof', 'timeline'],
          `timeline ${String(after)} cannot follow timeline ${String(before)}`,
          'a promotion makes a higher one',
        ),
      ]
    : [];
}

const mapping = (value: unknown): Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};

const said = (path: Path, message: string, hint: string): Mistake => ({ path, part: 'value', message, hint });
