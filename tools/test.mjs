// `npm test [-- PART… | FILTER… | OPTIONS]`: sets up, checks, builds, tests, and looks for what the tests left behind.
//
// Parts are format, lint, types, imports, schemas, build, and the tests unit, contract, golden, interruption, lab.
// Other words go to vitest as file filters, options too (`npm test -- lab -t promote`). Without any, all of it runs.
// Every gate and every test counts as one in the last line, `N passed, N failed`.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { matrix as otherMajors } from './majors.mjs';
import { CannotSetUp, root, setUp } from './setup.mjs';

const gateNames = ['format', 'lint', 'types', 'imports', 'schemas', 'build'];
const projects = ['unit', 'contract', 'golden', 'interruption', 'lab'];
const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
// Some tools colour their output wherever CI is set.
const colourless = colour ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined };

const [words, options] = split(process.argv.slice(2));
const gates = words.filter(word => gateNames.includes(word));
const parts = words.filter(word => projects.includes(word));
const filters = words.filter(word => !gates.includes(word) && !parts.includes(word));
const everything = words.length === 0 && options.length === 0;
const testing = everything || parts.length > 0 || filters.length > 0 || options.length > 0;

let passed = 0;
let failed = 0;
const failures = [];
const running = new Set();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    interrupted = true;
    // Ctrl-C reaches the children by itself.
    if (signal === 'SIGTERM') for (const child of running) child.kill(signal);
  });
}

const ready = await gate('set-up', async () => {
  try {
    await setUp({ server: testing && !(parts.length > 0 && !parts.includes('lab')), log: say });
  } catch (error) {
    if (error instanceof CannotSetUp) return error.message;
    throw error;
  }
});
if (ready) {
  const wants = name => everything || gates.includes(name);
  const checks = {
    lint: () => tool('eslint', '.'),
    types: () => tool('tsc', '--pretty', String(colour)),
    format: () => tool('prettier', '--check', '--log-level=warn', '--cache', '.'),
    imports: () => tool('depcruise', 'src'),
  };
  // Each keeps one core busy, lint for as long as the others together.
  const { lint, ...others } = Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [name, () => wants(name) && gate(name, check)]),
  );
  await Promise.all([lint(), inTurn(Object.values(others)), testing && labTests() && majors()]);
  if (wants('schemas')) await gate('schemas', schemas);
  // Tests of the lab and of interruptions start the command as an operator would.
  if (wants('build') || testing) await gate('build', bundle);
  if (testing && !interrupted) await tests();
}

if (failures.length > 0) say(`\nfailed: ${failures.join(', ')}`);
if (interrupted) say('interrupted');
say(`${passed} passed, ${failed} failed`);
process.exitCode = interrupted ? 130 : failed > 0 ? 1 : 0;

function labTests() {
  return parts.length === 0 || parts.includes('lab');
}

/** PostgreSQL's other majors, for the tests that run on each: where they cannot be had, those tests are left out, and that is said. */
async function majors() {
  if (process.env.LIFEBOAT_MAJORS !== undefined) return;
  const start = performance.now();
  const there = [];
  for (const major of otherMajors) {
    const child = spawn(process.execPath, [join(root, 'tools/majors.mjs'), major], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', text => (out += text));
    child.stderr.setEncoding('utf8').on('data', text => (err += text));
    if ((await end(child)) === 0) there.push(`${major}=${out.trim()}`);
    else say(`PostgreSQL ${major} cannot be had here, its tests are left out: ${err.trim().split('\n').at(-1)}`);
  }
  process.env.LIFEBOAT_MAJORS = there.join(',');
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  say(`majors ${there.map(one => one.split('=')[0]).join(', ') || 'none'} beside the system's, ${took}`);
}

/** Runs one gate, counts it, and prints its line. `check` returns what is wrong as text, or nothing. */
async function gate(name, check) {
  if (interrupted) return false;
  const start = performance.now();
  let wrong;
  try {
    wrong = await check();
  } catch (error) {
    wrong = error.stack;
  }
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const good = !wrong;
  say(`${good ? paint(32, 'ok    ') : paint(31, 'FAILED')} ${name.padEnd(8)} ${took.padStart(7)}`);
  if (good) passed++;
  else {
    failed++;
    failures.push(name);
    say(wrong.trimEnd());
  }
  return good;
}

/** Runs a tool of node_modules/.bin; gives its output where it fails. */
async function tool(name, ...args) {
  const env = { ...process.env, ...(colour ? { FORCE_COLOR: '1' } : colourless) };
  const child = spawn(join(root, 'node_modules/.bin', name), args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (text += chunk));
  const code = await end(child);
  if (code !== 0) return text.trim() || `${name} ended with ${code}`;
}

async function inTurn(all) {
  for (const one of all) await one();
}

function end(child) {
  running.add(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal);
    });
  });
}

async function schemas() {
  const { schemaFiles } = await import('./schemas.mjs');
  const drift = await schemaFiles({ check: true });
  if (drift === undefined) say('schemas: skipped, there is no src/cli/schemas.ts');
  else if (drift.length > 0) return `differs from the code: ${drift.join(', ')}\nHINT: node tools/schemas.mjs`;
}

async function bundle() {
  const { build } = await import('./build.mjs');
  const { faults } = await build();
  return faults.join('\n');
}

/** Runs vitest under one directory for everything the tests create, then looks for what is left. */
async function tests() {
  const directory = mkdtempSync('/tmp/lifeboat-test-');
  // As root the servers run as the user postgres, who must get through.
  chmodSync(directory, 0o755);
  const temporary = join(directory, 'tmp');
  const state = join(directory, 'state');
  const results = join(directory, 'results.json');
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  const env = {
    ...process.env,
    LIFEBOAT_TEST_ROOT: directory,
    TMPDIR: temporary,
    XDG_STATE_HOME: state,
    ...colourless,
  };
  delete env.LIFEBOAT_INVENTORY;
  const args = ['run', ...parts.flatMap(part => ['--project', part]), ...filters, ...options];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const vitest = spawn(join(root, 'node_modules/.bin/vitest'), [...args, ...reporters], {
    cwd: root,
    env,
    stdio: ['ignore', process.stdout, process.stdout],
  });
  const code = await end(vitest);
  count(results, code);

  rmSync(results, { force: true });
  rmSync(state, { recursive: true, force: true });
  // A finished test may not wait for its servers' last breath, so they have a moment.
  for (let i = 0; i < 30 && left(directory).length > 0; i++) await sleep(100);
  const leftovers = left(directory);
  const wasInterrupted = interrupted;
  interrupted = false;
  await gate('leaks', () => leftovers.map(({ text }) => text).join('\n'));
  interrupted = wasInterrupted;
  for (const { pid } of leftovers) if (pid !== undefined) kill(pid);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

function count(results, code) {
  let report;
  try {
    report = JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    failed++;
    failures.push(`tests (vitest ended with ${code} and without results)`);
    return;
  }
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) say(`${skipped} skipped`);
  if (report.numFailedTests > 0) failures.push(`${report.numFailedTests} tests`);
  // A file that does not load, a rejection nobody waited for, no test at all: no test failed, and yet it is no success.
  else if (code !== 0) {
    failed++;
    failures.push(`tests (vitest ended with ${code})`);
  }
}

/** Processes that work in the directory or name it, and what lies in it. */
function left(directory) {
  const found = [];
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name) && name !== String(process.pid))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // A backend that outlived its killed postmaster names no path, but has the data directory as its own.
      if (command.includes(directory) || readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)) {
        found.push({ pid: Number(pid), text: `process ${pid}: ${command}` });
      }
    } catch {
      // ended meanwhile, or another user's
    }
  }
  for (const folder of [directory, join(directory, 'tmp')]) {
    for (const name of readdirSync(folder)) {
      if (!['tmp', 'state', 'results.json'].includes(name)) found.push({ text: `left behind: ${join(folder, name)}` });
    }
  }
  return found;
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ended meanwhile
  }
}

/** Words, and from the first option on what belongs to vitest. */
function split(args) {
  const at = args.findIndex(arg => arg.startsWith('-'));
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)];
}

function paint(code, text) {
  return colour ? `\x1b[${code}m${text}\x1b[0m` : text;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
