// `warm-up.mjs BUNDLE CODE FOLDER`: plans a failover of servers that are not there, and keeps what V8 compiled for it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load } from '../bin/load.js';

const [bundle, code, folder] = process.argv.slice(2);

const inventory = join(folder, 'lifeboat.yaml');
const node = (name, ssh) => `
      ${name}:
        ssh: ${ssh}
        postgres: { data: ${folder}/${name}, bin: ${folder}/bin, host: 127.0.0.1, port: 1, socket: ${folder} }`;
writeFileSync(
  inventory,
  `clusters:\n  main:\n    nodes:${node('node1', '{ host: 127.0.0.1, port: 1 }')}${node('node2', '{ local: true }')}\n`,
);

process.env.XDG_STATE_HOME = folder;
process.argv.splice(2, Infinity, 'run', 'failover', '--dry-run', '--inventory', inventory);
process.stdout.write = process.stderr.write = () => true;
const script = load(pathToFileURL(bundle));
process.on('exit', () => {
  writeFileSync(code, script.createCachedData());
  process.exitCode = 0;
});
