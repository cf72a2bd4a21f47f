// lifeboat lab: throw-away clusters on this machine.

import { resolve } from 'node:path';
import type { TObject } from 'typebox';
import { Fault } from '../faults.ts';
import type { AnyLabFault } from '../lab/faults/fault.ts';
import { faults } from '../lab/faults/index.ts';
import { createLab, type Lab, type LabNode, openLab } from '../lab/lab.ts';
import { currentLab, type Registered, registeredLabs } from '../lab/registry.ts';
import { primaryOf, standbyOf } from '../lab/upstream.ts';
import { nearest } from '../runbook/nearest.ts';
import { mistakesIn } from '../runbook/schema-check.ts';
import { pairs } from './options.ts';
import type { Terminal } from './terminal.ts';

interface WhichLab {
  readonly lab?: string;
}

export async function up(
  terminal: Terminal,
  options: {
    readonly nodes: string;
    readonly synchronous?: boolean;
    readonly cascade?: readonly string[];
    readonly directory?: string;
    readonly json?: boolean;
  },
): Promise<number> {
  const lab = await createLab({
    nodes: countOf(options.nodes),
    synchronous: options.synchronous ?? false,
    upstream: pairs(options.cascade, '--cascade'),
    keep: true,
    ...(options.directory !== undefined && { directory: resolve(terminal.cwd, options.directory) }),
    tell: text => {
      terminal.err(`${text}\n`);
    },
  });
  if (options.json === true) terminal.out(`${JSON.stringify(shown(lab))}\n`);
  else terminal.out(`${lab.inventoryFile}\n`);
  terminal.err(
    `\nIt is used by itself while it is up:\n  lifeboat status\n  lifeboat run failover --dry-run\n  lifeboat lab break killed\n  lifeboat lab down\n`,
  );
  return 0;
}

function countOf(text: string): number {
  if (/^[1-9]$/.test(text)) return Number(text);
  throw new Fault('usage', `--nodes takes a number from 1 to 9, not "${text}"`, { hint: 'for example: --nodes 3' });
}

const shown = ({ name, directory, inventoryFile, nodes }: Lab) => ({
  name,
  directory,
  inventory: inventoryFile,
  nodes: nodes.map(node => ({ name: node.name, address: node.address, port: node.port, sshPort: node.sshPort })),
});

export function status(terminal: Terminal, options: { readonly json?: boolean }): Promise<number> {
  const labs = registeredLabs();
  if (options.json === true)
    terminal.out(`${JSON.stringify(labs.map(({ directory }) => shown(openLab(directory))))}\n`);
  else if (labs.length === 0) terminal.err('no lab is up; to start one: lifeboat lab up\n');
  else
    for (const one of labs)
      terminal.out(`${one.name}  ${one.inventoryFile}  ${one.keeper ? 'of a drill or a test' : 'up until lab down'}\n`);
  return Promise.resolve(0);
}

export async function breakIt(
  terminal: Terminal,
  name: string,
  options: WhichLab & { readonly on?: string; readonly param?: readonly string[] },
): Promise<number> {
  const fault = faults.get(name);
  if (!fault) {
    const close = nearest(name, [...faults.keys()]);
    throw new Fault('usage', `no fault is named "${name}"`, {
      hint: `${close === undefined ? '' : `did you mean ${close}? `}there are: ${[...faults.keys()].join(', ')}`,
    });
  }
  const lab = choose(options);
  const node = options.on === undefined ? await struckBy(fault, lab) : lab.node(options.on);
  await fault.break(lab, node, paramsOf(fault, pairs(options.param, '-p')));
  terminal.err(`${node.name}: ${fault.summary}\n`);
  return 0;
}

function paramsOf({ name, params }: AnyLabFault, given: Record<string, string>): Record<string, string> {
  const [mistake] = mistakesIn(params as TObject, given);
  if (!mistake) return given;
  const names = Object.keys((params as TObject).properties);
  throw new Fault('usage', `${name}: ${mistake.message}`, {
    hint: mistake.hint ?? (names.length === 0 ? 'it takes no parameters' : `its parameters: ${names.join(', ')}`),
  });
}

const struckBy = ({ befalls }: AnyLabFault, lab: Lab): Promise<LabNode> =>
  befalls === 'standby' ? standbyOf(lab) : primaryOf(lab);

export async function down(terminal: Terminal, options: WhichLab & { readonly all?: boolean }): Promise<number> {
  const labs = options.all === true ? registeredLabs().map(({ directory }) => openLab(directory)) : [choose(options)];
  for (const lab of labs) {
    await lab.destroy();
    terminal.err(`${lab.name} is gone\n`);
  }
  return 0;
}

/** The one named by path or name, or the one that is up. */
function choose({ lab }: WhichLab): Lab {
  if (lab !== undefined) {
    const known = registeredLabs().find(({ name, directory }) => name === lab || directory === resolve(lab));
    return openLab(known?.directory ?? resolve(lab));
  }
  const labs = registeredLabs().filter(({ keeper }) => keeper === null);
  const current: Registered | undefined = currentLab();
  if (!current) throw new Fault('usage', 'no lab is up', { hint: 'lifeboat lab up' });
  if (labs.length > 1) {
    throw new Fault('usage', `${String(labs.length)} labs are up`, {
      hint: labs.map(one => `--lab ${one.name}`).join('\nor: '),
    });
  }
  return openLab(current.directory);
}
