// `warm-up.mjs BUNDLE CODE FOLDER`: lets a bundle do what it must do fast, and keeps what V8 compiled for it.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '../bin/load.js';

const [bundle, code, folder] = process.argv.slice(2);
const scenes = { 'main.cjs': failoverPlanned, 'wal.cjs': segmentPushed };
const words = scenes[basename(bundle)]();

process.env.XDG_STATE_HOME = folder;
process.argv.splice(2, Infinity, ...words);
process.stdout.write = process.stderr.write = () => true;
const script = load(bundle);
process.on('exit', () => {
  writeFileSync(code, script.createCachedData());
  process.exitCode = 0;
});

/** Of servers that are not there. */
function failoverPlanned() {
  const node = (name, ssh) => `
      ${name}:
        ssh: ${ssh}
        postgres: { data: ${folder}/${name}, bin: ${folder}/bin, host: 127.0.0.1, port: 1, socket: ${folder} }`;
  const nodes = [node('node1', '{ host: 127.0.0.1, port: 1 }'), node('node2', '{ local: true }')];
  return [
    'run',
    'failover',
    '--dry-run',
    '--inventory',
    inventory(`clusters:\n  main:\n    nodes:${nodes.join('')}\n`),
  ];
}

/** One of 1 MiB that holds nothing behind the header of its first page. The repository is made by the other bundle. */
function segmentPushed() {
  const segment = Buffer.alloc(1024 * 1024);
  segment.writeUInt16LE(0xd110, 0); // PostgreSQL 15
  segment.writeUInt16LE(2, 2); // a long header
  segment.writeUInt32LE(1, 4); // timeline
  segment.writeBigUInt64LE(BigInt(segment.length), 8); // address
  segment.writeBigUInt64LE(7_000_000_000_000_000_000n, 24); // system identifier
  segment.writeUInt32LE(segment.length, 32);
  segment.writeUInt32LE(8192, 36); // page
  const path = join(folder, '000000010000000000000001');
  writeFileSync(path, segment);

  const repository = join(folder, 'repository');
  const node = '{ ssh: { local: true }, postgres: { data: /nowhere } }';
  const file = inventory(
    `clusters: { main: { nodes: { node1: ${node} }, backup: { repository: local } } }\nrepositories: { local: { path: ${repository} } }\n`,
  );
  const lifeboat = fileURLToPath(new URL('../bin/lifeboat.js', import.meta.url));
  spawnSync(process.execPath, [lifeboat, 'repo', 'init', '--inventory', file]);
  return ['wal', 'push', path, '--repository', repository, '--cluster', 'main'];
}

function inventory(text) {
  const file = join(folder, 'lifeboat.yaml');
  writeFileSync(file, text);
  return file;
}
