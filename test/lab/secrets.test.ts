// A password used in a run is nowhere to be seen: not in argv, not in the journal, not in output or report.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { Machine } from '../support/lifeboat.ts';

const secret = 'correct-horse-battery-staple';
let lab: Lab;
let machine: Machine;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  await lab.psql('node1', `alter role postgres password '${secret}'`);
  await lab.streaming(lab.node('node1').name, 1);
  const text = readFileSync(lab.inventoryFile, 'utf8');
  const file = join(lab.directory, 'tcp.yaml');
  writeFileSync(file, text.replace(/via: socket/g, 'via: tcp\n          password_env: LIFEBOAT_TEST_SECRET'));
  machine = new Machine(file, { LIFEBOAT_TEST_SECRET: secret });
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
});

/** Command lines of all processes. */
const commandLines = (): string => execFileSync('ps', ['-eo', 'args', 'ww'], { encoding: 'utf8' });

it('over TCP with a password from the environment', async () => {
  const status = await machine.run('status');
  expect(status.stdout).toMatch(/node1 +yes +accepting +primary/);
  const [node1] = lab.nodes;
  if (node1) await faults.get('killed')?.break(lab, node1, {});
  let run = '';
  const seen: string[] = [];
  const { ended } = machine.start(['run', 'failover', '-p', 'down_for=1s', '--yes', '--json'], event => {
    if (event.e === 'run') run = String(event['run']);
    seen.push(commandLines());
  });
  const said = await ended;
  expect(said.code, said.stderr).toBe(0);
  expect(seen.length).toBeGreaterThan(10);
  const report = await machine.run('report', run, '--format', 'html');
  const kept = execFileSync('sh', ['-c', 'cat $(find "$1" -type f)', 'sh', machine.state], { encoding: 'utf8' });
  const remote = execFileSync('sh', ['-c', 'cat $(find "$1"/*/work -type f)', 'sh', lab.directory], {
    encoding: 'utf8',
  });
  for (const text of [...seen, said.stdout, said.stderr, report.stdout, kept, remote])
    expect(text).not.toContain(secret);
});
