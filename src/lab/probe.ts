// Whether anything accepts connections at an address: the plain TCP question, before any protocol.

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export function connects(host: string, port: number, within = 500): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: within });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

/** Asks again until it holds; false at the deadline. */
export async function until(within: number, holds: () => boolean | Promise<boolean>, every = 10): Promise<boolean> {
  const deadline = performance.now() + within;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > deadline) return false;
    await sleep(every);
  }
}
