// The lifeboat.yaml of a lab: what makes its cluster one like any other to the rest of Lifeboat.

import {
  database,
  databaseUser,
  labFiles,
  nodesOf,
  replicationUser,
  tablespacesOf,
  type LabDescription,
  type LabNode,
} from './layout.ts';

export function labInventory(lab: LabDescription): string {
  const nodes = nodesOf(lab);
  return [
    `# The lab ${lab.name}, made ${lab.created}. It goes away with: lifeboat lab down`,
    'clusters:',
    '  main:',
    '    home: { primary: node1 }',
    `    replication: { user: ${replicationUser}, passfile: ${text(labFiles(lab.directory).passfile)} }`,
    '    objective: { rpo: 0B }',
    '    nodes:',
    ...nodes.flatMap(node => nodeLines(lab, node)),
    '    backup: { repository: local, retention: { window: 7d, redundancy: 2 } }',
    'repositories:',
    `  local: { path: ${text(labFiles(lab.directory).repository)} }`,
    '',
  ].join('\n');
}

function nodeLines(lab: LabDescription, node: LabNode): string[] {
  const files = labFiles(lab.directory);
  const ssh = {
    host: node.address,
    port: node.sshPort,
    user: lab.user,
    identity: files.clientKey,
    known_hosts: files.knownHosts,
  };
  const postgres = {
    host: node.address,
    port: node.port,
    data: node.data,
    wal: node.wal,
    archive: node.archive,
    broken: node.broken,
    backup: node.backup,
    bin: lab.bin,
    socket: node.socket,
    log: node.log,
    user: databaseUser,
    database,
    via: 'socket',
  };
  return [
    `      ${node.name}:`,
    ...block('ssh', ssh),
    ...block('postgres', postgres),
    ...tablespaces(lab, node),
    `        work: ${text(node.work)}`,
  ];
}

/** Of an unknown name nothing can be said, and it lies where it lies. */
function tablespaces(lab: LabDescription, node: LabNode): string[] {
  const named = tablespacesOf(lab, node).flatMap(({ name, path }) => (name === null ? [] : [[name, path]]));
  return named.length === 0
    ? []
    : [
        '          tablespaces:',
        ...named.map(([name, path]) => `            ${text(name ?? '')}: ${text(path ?? '')}`),
      ];
}

function block(name: string, fields: Readonly<Record<string, string | number>>): string[] {
  return [`        ${name}:`, ...Object.entries(fields).map(([key, value]) => `          ${key}: ${text(value)}`)];
}

/** Paths and addresses stand as they are; anything else in quotes, for JSON's strings are YAML's as well. */
function text(value: string | number): string {
  return typeof value === 'number' || /^(\/[\w./-]+|(\d+\.){3}\d+)$/.test(value)
    ? String(value)
    : JSON.stringify(value);
}
