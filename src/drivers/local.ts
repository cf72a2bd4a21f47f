// The shell of this machine, for nodes that are `local` and for what is done "here".

import { connect } from 'node:net';
import { constants, hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { execa } from 'execa';
import type { Duration } from '../time.ts';
import { connectFleeting } from './fleeting.ts';
import { type Command, isNoSocket, type NoSocket, type ProcessEnd, type Running, type Shell } from './shell.ts';

export interface LocalOptions {
  /** Another user, where we are root. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

export function localShell(options: LocalOptions = {}): Shell {
  const running = new Set<Running>();
  const sockets = new Set<Duplex>();
  const opened = async (address: Address, within: Duration, fleeting?: 'fleeting'): Promise<Duplex | NoSocket> => {
    const socket = await open(address, within, fleeting);
    if (isNoSocket(socket)) return socket;
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  return {
    hostKey: () => Promise.resolve(`local:${hostname()}`),
    start(command) {
      const process = start(command, options);
      running.add(process);
      void process.ended.then(() => running.delete(process));
      return Promise.resolve(process);
    },
    openSocket: (path, within, fleeting) => opened({ path }, within, fleeting),
    openTcp: (host, port, within) => opened({ host, port }, within),
    close() {
      for (const process of running) process.drop();
      for (const socket of sockets) socket.destroy();
      return Promise.resolve();
    },
  };
}

function start({ script, args }: Command, { as }: LocalOptions): Running {
  const child = execa('sh', ['-c', script, 'lifeboat', ...args], {
    reject: false,
    buffer: false,
    stdio: 'pipe',
    // Our own directory may be closed to the other user.
    ...(as !== undefined && { uid: as.uid, gid: as.gid, cwd: '/' }),
  });
  child.stdin.on('error', () => undefined); // it ended without reading what we had for it
  const ended = child.then(({ exitCode, signal, shortMessage }): ProcessEnd => {
    if (exitCode !== undefined) return { is: 'ended', code: exitCode };
    if (signal !== undefined) return { is: 'ended', code: 128 + constants.signals[signal] };
    return { is: 'cut', why: shortMessage ?? 'it could not be started' };
  });
  const { stdin, stdout, stderr } = child;
  const leave = (): void => {
    // A grandchild that kept the pipe open must not hold us.
    stdout.destroy();
    stderr.destroy();
  };
  const drop = (): void => {
    child.kill('SIGKILL');
    leave();
  };
  return { stdin, stdout, stderr, ended, drop, leave };
}

type Address = { readonly path: string } | { readonly host: string; readonly port: number };

function open(address: Address, within: Duration, fleeting: 'fleeting' | undefined): Promise<Duplex | NoSocket> {
  return new Promise(resolve => {
    const socket = fleeting ? connectFleeting(address) : connect(address);
    const timer = setTimeout(() => refuse('no answer'), within);
    const refuse = (no: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ no });
    };
    socket.once('error', error => refuse(error.message));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
