// Options that several commands share, read from words on the command line.

import type { RunOptions } from '../engine/events.ts';
import { Fault } from '../faults.ts';
import { type Facts, off } from '../look/facts.ts';
import type { NodeName } from '../ports.ts';
import type { Runbook } from '../runbook/book-types.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { nearest } from '../runbook/nearest.ts';
import { parseBytes } from '../time.ts';
import type { InventoryOptions } from './inventory-file.ts';

export interface RunCommandOptions extends InventoryOptions {
  readonly param?: readonly string[];
  /** Shorthand of `-p method=…`. */
  readonly method?: string;
  readonly bind?: readonly string[];
  readonly dryRun?: boolean;
  readonly plan?: string;
  readonly yes?: boolean;
  readonly acceptLoss?: string;
  readonly acceptUnfenced?: readonly string[];
  readonly takeOverLock?: boolean;
  readonly json?: boolean;
}

/** `k=v` words as a record. */
export function pairs(words: readonly string[] | undefined, option: string): Record<string, string> {
  const record: Record<string, string> = {};
  for (const word of words ?? []) {
    const at = word.indexOf('=');
    if (at < 1)
      throw new Fault('usage', `${option} takes NAME=VALUE, not "${word}"`, {
        hint: `for example: ${option} name=value`,
      });
    record[word.slice(0, at)] = word.slice(at + 1);
  }
  return record;
}

/** What `-p` says, and `--method` where the book has such a parameter. */
export function paramsOf(
  { name, params }: Pick<Runbook, 'name' | 'params'>,
  { param, method }: Pick<RunCommandOptions, 'param' | 'method'>,
): Record<string, string> {
  const given = pairs(param, '-p');
  if (method === undefined) return given;
  const has = Object.keys(params);
  if (!has.includes('method'))
    throw new Fault('usage', `--method: runbook "${name}" has no parameter "method"`, {
      hint: `${has.length === 0 ? 'it takes none' : `its parameters: ${has.join(', ')}`}; to choose a method: lifeboat run rejoin --method ${method}`,
    });
  const other = given['method'];
  if (other !== undefined && other !== method)
    throw new Fault('usage', `--method ${method} and -p method=${other} contradict one another`, {
      hint: 'give one of them',
    });
  return { ...given, method };
}

/** `12MB`, `0B`, `unknown`; null where the option is absent. */
export function acceptedLoss(text: string | undefined): RunOptions['acceptLoss'] {
  if (text === undefined) return null;
  if (text === 'unknown') return 'unknown';
  const size = parseBytes(text);
  if (size === undefined)
    throw new Fault('usage', `--accept-loss takes a size or "unknown", not "${text}"`, {
      hint: 'for example: --accept-loss 12MB',
    });
  return size;
}

export function nodeOf(cluster: Cluster, name: string, option: string): NodeName {
  const names = cluster.nodes.map(node => node.name);
  const found = names.find(one => one === name);
  if (found !== undefined) return found;
  const close = nearest(name, names);
  throw new Fault('usage', `${option}: no node "${name}" in cluster ${cluster.name}`, {
    hint:
      close === undefined ? `its nodes: ${names.join(', ')}` : `did you mean ${close}? Its nodes: ${names.join(', ')}`,
  });
}

/** What `--accept-unfenced NODE` says: nothing of that server is left. */
export function toldOf(
  cluster: Cluster,
  names: readonly string[] | undefined,
): { readonly on: NodeName; readonly facts: Partial<Facts> }[] {
  return (names ?? []).map(name => ({
    on: nodeOf(cluster, name, '--accept-unfenced'),
    facts: off,
  }));
}

/** The options as they would be typed again, for the last line of a plan. */
export function typedAgain(book: string, options: RunCommandOptions): string {
  const words = ['lifeboat', 'run', book];
  if (options.inventory !== undefined) words.push('--inventory', options.inventory);
  if (options.cluster !== undefined) words.push('--cluster', options.cluster);
  for (const one of options.param ?? []) words.push('-p', one);
  if (options.method !== undefined) words.push('--method', options.method);
  for (const one of options.bind ?? []) words.push('--bind', one);
  for (const one of options.acceptUnfenced ?? []) words.push('--accept-unfenced', one);
  return words.join(' ');
}
