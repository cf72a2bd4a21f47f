// Carries a job out on a node: one round trip with guard, command and receipt, and its output told while it goes on.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Job, JobId, Ran, Receipt, Silent, Task, TellOutput } from '../ports.ts';
import { bytes, type Duration, ms, seconds } from '../time.ts';
import { Capped } from './capped.ts';
import { type Done, exec } from './exec.ts';
import { follow } from './follow.ts';
import { newMark, type Section, sections } from './frames.ts';
import { moveScript, putScript } from './scripts/files.ts';
import { guardArgs } from './scripts/guard.ts';
import { jobScript, receiptScript, sentOutput, wholeScript } from './scripts/job.ts';
import type { JobHands } from './job-hands.ts';
import { siteArgs } from './scripts/prelude.ts';
import { secretValue } from './secret-value.ts';

type Argv = Extract<Task, { task: 'argv' }>;

/** A copy of a large data directory takes hours, and is not to be cut off for it. */
const moving = seconds(24 * 3600);

export async function runJob(hands: JobHands, job: Job, tell: TellOutput): Promise<Ran> {
  const { node, shell } = hands;
  const { run, op } = pathSafe(job.id);
  const task = asArgv(job.task);
  const mark = newMark();
  const hostKey = await shell.hostKey(connecting).catch((error: unknown) => ({ no: asSilent(error) }));
  if (typeof hostKey !== 'string') return { is: 'silent', why: hostKey.no };
  if (hostKey !== job.guard.hostKey) {
    return { is: 'refused', what: 'host key', expected: job.guard.hostKey, found: hostKey };
  }
  const { stdin, names } = await input(hands, task);
  const tries = task.tries.flatMap(({ argv, within }) => [String(argv.length), spell(within), ...argv]);
  const args = [...siteArgs(mark, node), run, op, ...guardArgs(job.guard), String(stdin.length), names, ...tries];
  const within = task.tries.reduce((sum, one) => sum + one.within + 3000, 20_000);

  const following = follow(hands, job.id, tell);
  const done = await exec(
    shell,
    { script: jobScript, args, tidy: stdin.length === 0 },
    // What was begun comes to its end, and to its receipt, whoever waits for it: it is asked for later.
    { stdin, within: ms(within), late: 'leave', cap: frameCap },
  );
  const ran = ranOf(hands, done, mark);
  await following.stop(ran.is === 'ended' ? ran.stdout : undefined);
  if (ran.is === 'ended') await keepOutput(hands, job.id, ran);
  return ran;
}

export async function readReceipt(hands: JobHands, id: JobId, within: Duration): Promise<Receipt | Silent> {
  const { run, op } = pathSafe(id);
  const mark = newMark();
  const command = { script: receiptScript, args: [...siteArgs(mark, hands.node), run, op], tidy: true };
  const done = await exec(hands.shell, command, { within, cap: frameCap });
  if (done.is !== 'ended') return { silent: done.why, unreachable: done.is === 'silent' };
  const found = sections(done.stdout, mark);
  if (found.some(({ name }) => name === 'none')) return { is: 'none' };
  const running = found.find(({ name }) => name === 'running');
  if (running) return { is: 'running', pid: Number(running.words) };
  return endOf(hands, done.stdout, found) ?? { silent: complaint(done), unreachable: false };
}

const connecting = seconds(30);
/** Room for what travels with the end, and for what a login shell has to say before it. */
const frameCap = bytes(4 * sentOutput);

function ranOf(hands: JobHands, done: Done, mark: string): Ran {
  if (done.is === 'silent') return { is: 'silent', why: done.why };
  if (done.is !== 'ended') return { is: 'cut', why: done.why };
  const found = sections(done.stdout, mark);
  const refused = found.find(({ name }) => name === 'refused');
  if (refused) {
    const [what = '', expected = '', seen = ''] = refused.text.split('\n');
    return { is: 'refused', what, expected, found: seen };
  }
  const ended = endOf(hands, done.stdout, found);
  if (ended) return ended;
  // The work directory could not be made, or our own shell failed: nothing was begun.
  if (found.some(({ name }) => name === 'failed'))
    return { is: 'ended', code: done.code, stdout: '', stderr: complaint(done), tried: 0 };
  return { is: 'cut', why: complaint(done) };
}

function endOf(hands: JobHands, output: Buffer, found: readonly Section[]): Extract<Ran, { is: 'ended' }> | undefined {
  const ended = found.find(({ name }) => name === 'ended');
  if (!ended) return undefined;
  const [code = 0, tried = 0, outSize = 0, errSize = 0] = ended.words.split(' ').map(Number);
  const sent = (size: number): number => Math.min(size, sentOutput);
  const middle = ended.at + sent(outSize);
  const out = output.subarray(ended.at, middle);
  const err = output.subarray(middle, middle + sent(errSize));
  const text = (piece: Buffer, size: number): string => hands.redactor.clean(rejoined(piece, size).toString());
  return { is: 'ended', code, stdout: text(out, outSize), stderr: text(err, errSize), tried };
}

/** Head and tail of a long output travel without the middle; here the missing part is named. */
function rejoined(piece: Buffer, size: number): Buffer {
  if (size <= sentOutput) return piece;
  const capped = new Capped(bytes(sentOutput));
  capped.add(piece.subarray(0, sentOutput / 2));
  capped.skip(size - sentOutput);
  capped.add(piece.subarray(sentOutput / 2));
  return capped.take();
}

async function keepOutput(hands: JobHands, id: JobId, ran: Extract<Ran, { is: 'ended' }>): Promise<void> {
  const { outputFile, node, shell, redactor } = hands;
  if (outputFile === undefined) return;
  for (const [stream, text] of [['out', ran.stdout] as const, ['err', ran.stderr] as const]) {
    if (text === '') continue;
    const file = outputFile(id, stream);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    let whole = text;
    if (text.length >= sentOutput) {
      const command = { script: wholeScript, args: [...siteArgs(newMark(), node), id.run, id.op, stream] };
      const done = await exec(shell, command, { within: seconds(300), cap: bytes(256 * sentOutput) });
      if (done.is === 'ended' && done.code === 0) whole = redactor.clean(done.stdout.toString());
    }
    await writeFile(file, whole, { mode: 0o600 });
  }
}

function asArgv(task: Task): Argv {
  switch (task.task) {
    case 'argv':
      return task;
    case 'put': {
      const argv = ['sh', '-c', putScript, 'put', task.path, task.mode.toString(8)];
      return { task: 'argv', tries: [{ argv, within: seconds(60) }], stdin: task.text };
    }
    case 'move':
      return { task: 'argv', tries: [{ argv: ['sh', '-c', moveScript, 'move', task.from, task.to], within: moving }] };
  }
}

/** Secrets first, a line each, under the names they get in the command's environment; then what the command reads. */
async function input({ node, redactor }: JobHands, task: Argv): Promise<{ stdin: Buffer; names: string }> {
  const { host, port, user, database } = node.postgres;
  const lines: string[] = [];
  const names = Object.keys(task.secrets ?? {});
  for (const name of names) {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`"${name}" cannot name a variable`);
    const value = await secretValue(task.secrets?.[name] ?? { env: name }, { host, port, user, database }, redactor);
    if (/[\n\0]/.test(value)) throw new Error(`the secret ${name} is more than one line`);
    lines.push(`${value}\n`);
  }
  const stdin = Buffer.from(`${lines.join('')}${task.stdin ?? ''}`);
  if (stdin.includes(0)) throw new Error('a zero byte cannot be passed to a shell');
  return { stdin, names: names.join(' ') };
}

const spell = (within: Duration): string => (within / 1000).toFixed(3);

/** Names of directories on the host: a slash in one would lead elsewhere. */
function pathSafe(id: JobId): JobId {
  for (const part of [id.run, id.op]) {
    if (!/^[\w@~.,=+[\]-]+$/.test(part) || /^\.*$/.test(part)) throw new Error(`not a path-safe name: ${part}`);
  }
  return id;
}

const complaint = (done: Extract<Done, { is: 'ended' }>): string =>
  done.stderr.toString().trim().split('\n').slice(-3).join(' · ') ||
  `the shell of the node ended with ${String(done.code)}`;

const asSilent = (error: unknown): string => {
  if (error instanceof Error && error.name === 'Fault') return error.message;
  throw error;
};
