// lifeboat repo …: makes a repository, tells what it is, and changes who may open it.

import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../drivers/clock.ts';
import { directoryStore } from '../drivers/directory-store.ts';
import { passphraseFrom } from '../drivers/passphrase.ts';
import { threadWorks } from '../drivers/works.ts';
import { exits, Fault } from '../faults.ts';
import { type Description, readDescription, writeDescription } from '../repo/description.ts';
import { newIdentity } from '../repo/key-text.ts';
import type { Wrapping } from '../repo/keys.ts';
import { rewrap } from '../repo/repository.ts';
import type { RepositorySite } from '../runbook/inventory-types.ts';
import { chooseCluster, type InventoryOptions, loadInventory } from './inventory-file.ts';
import { openSite, unlockWith } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

interface Options extends InventoryOptions {
  readonly repository?: string;
  readonly json?: boolean;
}

export async function init(terminal: Terminal, options: Options): Promise<number> {
  const site = await siteOf(terminal, options);
  if (await readDescription(directoryStore(site.path)))
    throw new Fault('refused', `there is a repository at ${site.path} already`, { hint: 'lifeboat repo info' });
  const { id, encrypted } = await openSite(terminal, site, { create: true });
  if (options.json === true) terminal.out(`${JSON.stringify({ path: site.path, id, encrypted })}\n`);
  return exits.ok;
}

export async function info(terminal: Terminal, options: Options): Promise<number> {
  const site = await siteOf(terminal, options);
  const { description, damaged } = await described(site);
  const clusters = await clustersOf(site);
  const { format, id, created, encryption } = description;
  if (options.json === true) {
    const keys = encryption?.keys.map(key => ({
      kind: key.kind,
      id: key.id,
      ...(key.kind === 'recipient' && { recipient: key.recipient }),
    }));
    const found = { path: site.path, format, id, created, encryption: keys ?? null, clusters };
    terminal.out(`${JSON.stringify({ ...found, damaged: damaged.map(({ message }) => message) })}\n`);
    return exits.ok;
  }
  const lines = [
    `${site.path}  format ${format} · id ${id} · made ${created}`,
    ...(encryption === null ? ['not encrypted'] : ['encrypted; it opens with', ...keyLines(encryption.keys)]),
    clusters.length === 0 ? 'no backups and no WAL yet' : `clusters: ${clusters.join(', ')}`,
    ...damaged.map(({ message }) => `DAMAGED: ${message}; lifeboat repo mend puts it right`),
  ];
  terminal.out(`${lines.join('\n')}\n`);
  return exits.ok;
}

export async function mend(terminal: Terminal, options: Options): Promise<number> {
  const site = await siteOf(terminal, options);
  const { description, damaged } = await described(site);
  await writeDescription(directoryStore(site.path), description);
  if (options.json === true) terminal.out(`${JSON.stringify({ mended: damaged.map(({ object }) => object) })}\n`);
  else
    terminal.out(
      damaged.length === 0 ? 'both were whole\n' : `${damaged.map(({ object }) => object).join(', ')}: written anew\n`,
    );
  return exits.ok;
}

interface AddOptions extends Options {
  readonly recipient?: string;
  readonly passphraseFile?: string;
  readonly passphraseEnv?: string;
}

export async function addKey(terminal: Terminal, options: AddOptions): Promise<number> {
  const { recipient, passphraseFile: file, passphraseEnv: env } = options;
  const ways = [recipient, file, env].filter(way => way !== undefined);
  if (ways.length !== 1) {
    throw new Fault('usage', `${ways.length === 0 ? 'no key' : 'more than one key'} is given`, {
      hint: 'one of: --recipient RECIPIENT, --passphrase-file FILE, --passphrase-env VARIABLE',
    });
  }
  const added: Wrapping =
    recipient !== undefined
      ? { recipient }
      : {
          passphrase: await passphraseFrom(
            file !== undefined ? { file: resolve(terminal.cwd, file) } : { env: env ?? '' },
            terminal.env,
          ),
        };
  return changed(terminal, options, { add: [added] });
}

export async function removeKey(terminal: Terminal, key: string, options: Options): Promise<number> {
  return changed(terminal, options, { remove: [key] });
}

export async function identity(terminal: Terminal, file: string): Promise<number> {
  const { text, recipient } = newIdentity(threadWorks().random(32), systemClock.now());
  const path = resolve(terminal.cwd, file);
  try {
    // Never over another one: with it would go all that it opens.
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Fault('refused', `the identity cannot be written to ${path} (${code})`, {
      cause: error,
      hint: code === 'EEXIST' ? 'it is there already; name another file' : 'name another file',
    });
  }
  terminal.out(`${recipient}\n`);
  terminal.err(`${path} opens what is encrypted for it: keep a copy elsewhere, where others cannot read it\n`);
  return exits.ok;
}

async function changed(terminal: Terminal, options: Options, change: Parameters<typeof rewrap>[3]): Promise<number> {
  const site = await siteOf(terminal, options);
  if (site.encryption === undefined)
    throw new Fault('refused', `the inventory has no key for the repository ${site.path}`, {
      hint: 'add to it: encryption: { passphrase_file: FILE } or { identity: FILE }; changing keys needs one that opens it',
    });
  const unlock = await unlockWith(terminal, site.encryption);
  const { encryption } = await rewrap(directoryStore(site.path), threadWorks(), unlock, change);
  if (options.json === true)
    terminal.out(`${JSON.stringify({ keys: encryption?.keys.map(({ id, kind }) => ({ id, kind })) })}\n`);
  else terminal.out(`${site.path} opens with\n${keyLines(encryption?.keys ?? []).join('\n')}\n`);
  return exits.ok;
}

type Keys = NonNullable<Description['encryption']>['keys'];
const keyLines = (keys: Keys): string[] =>
  keys.map(key => `  ${key.id}  ${key.kind === 'passphrase' ? 'a passphrase' : key.recipient}`);

async function siteOf(terminal: Terminal, options: Options): Promise<RepositorySite> {
  const inventory = await loadInventory(terminal, options);
  const all = inventory.repositories ?? {};
  const names = Object.keys(all);
  const only = names.length === 1 && options.cluster === undefined ? names[0] : undefined;
  const wanted = options.repository ?? only ?? chooseCluster(inventory, options).backup?.repository;
  const site = wanted === undefined ? undefined : all[wanted];
  if (site) return site;
  throw new Fault(
    'usage',
    wanted === undefined
      ? `${inventory.file} does not say which repository`
      : `no repository "${wanted}" in ${inventory.file}`,
    {
      hint:
        names.length === 0
          ? 'add to it: repositories: { local: { path: /var/lib/lifeboat } }'
          : `it has: ${names.join(', ')}`,
    },
  );
}

async function described({ path }: RepositorySite): Promise<NonNullable<Awaited<ReturnType<typeof readDescription>>>> {
  const found = await readDescription(directoryStore(path));
  if (found) return found;
  throw new Fault('refused', `there is no repository at ${path}`, {
    hint: 'the first backup or wal receive makes one, or: lifeboat repo init',
  });
}

/** Names of clusters, by what says whose they are. */
async function clustersOf({ path }: RepositorySite): Promise<string[]> {
  const all = await directoryStore(path).list('clusters/');
  return all.flatMap(({ name }) => /^clusters\/([^/]+)\/cluster\.json$/.exec(name)?.[1] ?? []);
}
