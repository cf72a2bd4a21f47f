// What must hold in an inventory beyond its shape: no two things in one place, no name that means two things.

import type { Mistake, Path } from './mistake.ts';
import { ownedByLanguage, reserved } from './names.ts';
import { meant } from './nearest.ts';
import { parseDuration } from '../time.ts';
import { describe } from './schema-words.ts';

type Data = Readonly<Record<string, unknown>>;
const mapping = (value: unknown): Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};

/** Goes through data whose shape may be wrong: what has the wrong shape is passed over here, the schema has said so. */
export function inventoryMistakes(data: Data): Mistake[] {
  const repositories = Object.keys(mapping(data['repositories']));
  const ofClusters = Object.entries(mapping(data['clusters'])).flatMap(([name, cluster]) => {
    const path = ['clusters', name];
    const nodes = Object.entries(mapping(mapping(cluster)['nodes'])).map(([node, site]) => ({
      name: node,
      path: [...path, 'nodes', node],
      ssh: mapping(site)['ssh'],
      postgres: mapping(mapping(site)['postgres']),
    }));
    return [
      ...(ownedByLanguage(name)
        ? [said(path, `a cluster cannot be called "${name}"`, 'choose another name', 'key')]
        : []),
      ...homeMistakes(mapping(cluster), nodes, path),
      ...backupMistakes(mapping(cluster), repositories, path),
      ...monitorMistakes(mapping(mapping(cluster)['monitor']), [...path, 'monitor']),
      ...secretMistakes(mapping(mapping(cluster)['replication']), [...path, 'replication']),
      ...nodes.flatMap(node => nodeMistakes(node)),
      ...neighbourMistakes(nodes),
    ];
  });
  return [...ofClusters, ...repositoryMistakes(mapping(data['repositories']))];
}

interface WrittenNode {
  readonly name: string;
  readonly path: Path;
  readonly ssh: unknown;
  readonly postgres: Data;
}

/** Roles move from node to node: a node named after one would be the wrong one some day, at night. */
const roleNames: ReadonlySet<string> = new Set(['primary', 'standby', 'master', 'slave', 'replica']);

function nodeMistakes({ name, path, ssh, postgres }: WrittenNode): Mistake[] {
  const named = roleNames.has(name)
    ? [said(path, `a node cannot be called "${name}": roles move, nodes do not`, 'name the machine: node1', 'key')]
    : reserved.has(name) || ownedByLanguage(name)
      ? [said(path, `a node cannot be called "${name}"`, 'the word has a meaning of its own', 'key')]
      : [];
  return [
    ...named,
    ...sshMistakes(ssh, [...path, 'ssh']),
    ...pathMistakes(postgres, [...path, 'postgres']),
    ...secretMistakes(postgres, [...path, 'postgres']),
  ];
}

function sshMistakes(ssh: unknown, path: Path): Mistake[] {
  if (typeof ssh === 'string' && /[\s@:/]/.test(ssh))
    return [said(path, `${describe(ssh)} is not the name of a host`, 'write its parts: { host: …, user: …, port: … }')];
  const { host, local, ...rest } = mapping(ssh);
  if (local === true) {
    const extra = Object.keys(rest)[0];
    return extra === undefined
      ? []
      : [
          said(
            [...path, extra],
            `"${extra}" has no meaning where "local" is true`,
            'drop it, or drop local: true',
            'key',
          ),
        ];
  }
  if (typeof ssh === 'object' && ssh !== null && !Array.isArray(ssh) && host === undefined)
    return [said(path, '"host" is missing in "ssh"', 'add host: ADDRESS, or local: true for this machine', 'key')];
  return [];
}

const places = ['data', 'wal', 'archive', 'broken'] as const;

function pathMistakes(postgres: Data, path: Path): Mistake[] {
  const trimmed = (key: string): string | undefined => {
    const value = postgres[key];
    return typeof value === 'string' && value.startsWith('/')
      ? value.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')
      : undefined;
  };
  const mistakes: Mistake[] = [];
  for (const [index, key] of places.entries()) {
    const own = trimmed(key);
    const twin = places.slice(0, index).find(other => own !== undefined && trimmed(other) === own);
    if (twin !== undefined)
      mistakes.push(
        said(
          [...path, key],
          `"${key}" and "${twin}" are the same directory`,
          key === 'wal' ? 'leave wal out where pg_wal lies in the data directory' : 'each needs a place of its own',
        ),
      );
    const data = trimmed('data');
    if (
      (key === 'archive' || key === 'broken') &&
      own !== undefined &&
      data !== undefined &&
      own.startsWith(`${data}/`)
    )
      mistakes.push(
        said([...path, key], `"${key}" lies inside the data directory`, 'it would be moved aside together with it'),
      );
  }
  for (const key of [...places, 'bin', 'socket', 'log']) {
    if (typeof postgres[key] === 'string' && postgres[key].split('/').includes('..'))
      mistakes.push(said([...path, key], `"${key}" leads upwards with ".."`, 'write the path out'));
  }
  return mistakes;
}

function secretMistakes(holder: Data, path: Path): Mistake[] {
  return oneOf(['passfile', 'password_env', 'password_command'], 'a password comes from one place', holder, path);
}

function oneOf(keys: readonly string[], why: string, holder: Data, path: Path): Mistake[] {
  const [first, second] = keys.filter(key => holder[key] !== undefined);
  return first === undefined || second === undefined
    ? []
    : [said([...path, second], `"${second}" beside "${first}": ${why}`, 'drop one of the two', 'key')];
}

const unlocks = ['passphrase_file', 'passphrase_env', 'passphrase_command', 'identity'] as const;

function repositoryMistakes(repositories: Data): Mistake[] {
  const seen = new Map<string, string>();
  return Object.entries(repositories).flatMap(([name, repository]) => {
    const path = ['repositories', name];
    const { path: place, encryption } = mapping(repository);
    const where = typeof place === 'string' ? place.replace(/\/+/g, '/').replace(/(.)\/$/, '$1') : undefined;
    const twin = where === undefined ? undefined : seen.get(where);
    if (where !== undefined && twin === undefined) seen.set(where, name);
    return [
      ...(twin === undefined
        ? []
        : [said([...path, 'path'], `"${name}" and "${twin}" are the same directory`, 'drop one of the two')]),
      ...(where?.split('/').includes('..') === true
        ? [said([...path, 'path'], '"path" leads upwards with ".."', 'write the path out')]
        : []),
      ...(encryption === undefined ? [] : encryptionMistakes(encryption, [...path, 'encryption'])),
    ];
  });
}

function encryptionMistakes(encryption: unknown, path: Path): Mistake[] {
  if (typeof encryption !== 'object' || encryption === null || Array.isArray(encryption)) return [];
  const holder = encryption as Data;
  if (unlocks.some(key => holder[key] !== undefined))
    return oneOf(unlocks, 'a repository is opened in one way from here', holder, path);
  // Recipients alone can be wrapped for, but then nobody here could write or read a second time.
  const hint = 'add passphrase_file, passphrase_env, passphrase_command, or identity';
  return [said(path, 'nothing in "encryption" opens the repository', hint, 'key')];
}

/** Two names for one server: the run would fence the node that it promotes. */
function neighbourMistakes(nodes: readonly WrittenNode[]): Mistake[] {
  const seen = { directory: new Map<string, string>(), address: new Map<string, string>() };
  return nodes.flatMap(({ name, path, ssh, postgres }) => {
    const { host, port, local } = typeof ssh === 'string' ? { host: ssh, port: 22, local: false } : mapping(ssh);
    const words = (value: unknown, absent: string): string =>
      typeof value === 'string' || typeof value === 'number' ? String(value) : absent;
    const machine = local === true ? 'this machine' : `${words(host, '')}:${words(port, '22')}`;
    const directory = `${machine} ${words(postgres['data'], '')}`;
    const server = `${words(postgres['host'], words(host, 'localhost'))}:${words(postgres['port'], '5432')}`;
    const twin = seen.directory.get(directory);
    const rival = seen.address.get(server);
    if (!seen.directory.has(directory)) seen.directory.set(directory, name);
    if (!seen.address.has(server)) seen.address.set(server, name);
    if (host === undefined && local !== true) return [];
    if (twin !== undefined && typeof postgres['data'] === 'string')
      return [
        said(
          [...path, 'postgres', 'data'],
          `"${name}" and "${twin}" are the same directory on the same host`,
          'each node is a server of its own',
        ),
      ];
    if (rival !== undefined)
      return [
        said(
          postgres['port'] === undefined ? path : [...path, 'postgres', 'port'],
          `"${name}" and "${rival}" have the same address ${server}`,
          'two servers on one host need two ports',
          postgres['port'] === undefined ? 'key' : 'value',
        ),
      ];
    return [];
  });
}

function homeMistakes(cluster: Data, nodes: readonly WrittenNode[], path: Path): Mistake[] {
  const { primary } = mapping(cluster['home']);
  const names = nodes.map(({ name }) => name);
  if (typeof primary !== 'string' || names.length === 0 || names.includes(primary)) return [];
  return [
    said([...path, 'home', 'primary'], `no node is named ${describe(primary)}`, meant(primary, names, 'the nodes')),
  ];
}

function backupMistakes(cluster: Data, repositories: readonly string[], path: Path): Mistake[] {
  const { repository } = mapping(cluster['backup']);
  if (typeof repository !== 'string' || repositories.includes(repository)) return [];
  const hint =
    meant(repository, repositories, 'the repositories') ?? `declare it: repositories: { ${repository}: { path: … } }`;
  return [said([...path, 'backup', 'repository'], `no repository is named ${describe(repository)}`, hint)];
}

function monitorMistakes({ interval }: Data, path: Path): Mistake[] {
  const every = typeof interval === 'string' ? parseDuration(interval) : undefined;
  if (every === undefined || every >= 1000) return [];
  return [said([...path, 'interval'], `"interval" is ${describe(interval)}, less than a second`, 'for example 10s')];
}

const said = (path: Path, message: string, hint?: string, part: 'key' | 'value' = 'value'): Mistake => ({
  path,
  part,
  message,
  hint,
});
