// Asks a server again and again whether it takes connections, from a process of its own that starts no program for a question.

import { type PingTarget, readAnswer, startupMessage } from '../drivers/ping.ts';
import { background } from '../drivers/process.ts';
import type { Duration } from '../time.ts';
import { markOfLab } from './processes.ts';
import type { Sample } from './samples.ts';

export interface Asking {
  readonly target: PingTarget;
  readonly every: Duration;
  /** With a server that does not answer. */
  readonly patience: Duration;
  /** Directory of the lab that it belongs to. */
  readonly lab: string;
}

/**
 * As text, for the command is one file. It takes the time, sends what it was given, and tells what came, in hexadecimal digits.
 *
 * In a session of its own: Linux gives each session the same share of the processors (sched(7), autogroup), and that of this
 * process is full of clients that keep the server busy; a thread of ours waited for its turn 100 ms and more. Where we are root,
 * it gets more than the load that it listens to; else the questions lie further apart, and the report says how far.
 */
const program = `
const { writeFileSync } = require('node:fs');
const { connect } = require('node:net');
const { setPriority } = require('node:os');
try {
  setPriority(-10);
  writeFileSync('/proc/self/autogroup', '-10');
} catch {}
const [host, port, question, every, patience] = process.argv.slice(1);
const now = () => Number(process.hrtime.bigint()) / 1e6;
const ask = () => {
  const asked = now();
  const heard = [];
  let came;
  const socket = connect({ host, port: Number(port), noDelay: true });
  const timer = setTimeout(() => socket.destroy(), Number(patience));
  socket.on('connect', () => socket.write(Buffer.from(question, 'hex')));
  socket.on('data', piece => {
    came ??= now();
    heard.push(piece);
    socket.end();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    process.stdout.write(asked + ' ' + (came ?? now()) + ' ' + Buffer.concat(heard).toString('hex') + '\\n');
  });
};
setInterval(ask, Number(every));
ask();
`;

/** Returns the function that ends it. `tell` gets each answer once the server has hung up. */
export function askFromProcess({ target, every, patience, lab }: Asking, tell: (sample: Sample) => void) {
  // All processes of a machine share that clock, and each counts its own time from its own beginning.
  const offset = performance.now() - Number(process.hrtime.bigint()) / 1e6;
  const words = [target.host, target.port, startupMessage(target).toString('hex'), every, patience].map(String);
  const child = background(['setsid', process.execPath, '-e', program, ...words], {
    env: { [markOfLab]: lab },
    onLine(line) {
      const [asked = '', came = '', heard = ''] = line.split(' ');
      const is = readAnswer(Buffer.from(heard, 'hex')) ?? 'no-response';
      tell({ is, asked: Number(asked) + offset, came: Number(came) + offset });
    },
  });
  return async (): Promise<void> => {
    child.kill();
    await child.ended;
  };
}
