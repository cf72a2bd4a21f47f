// A port that answers no packet: what a host without power looks like to a client, made without the rights to drop packets.

import { leave } from '../drivers/process.ts';
import type { LabNode } from './layout.ts';
import { connects, until } from './probe.ts';
import { signal } from './processes.ts';
import { mark } from './server.ts';

/**
 * A listener is started and frozen, and its queue filled: from then on Linux drops each SYN (tcp_conn_request, "accept queue
 * is full"), so that a client waits until its own deadline. True once that is so. The listener ends with the node's processes.
 */
export async function silence(node: LabNode, port: number): Promise<boolean> {
  const listen = `require('node:net').createServer().listen({ host: '${node.address}', port: ${port}, backlog: 1 })`;
  const { pid } = leave([process.execPath, '-e', listen], { env: mark(node) });
  if (pid === undefined || !(await until(10_000, () => connects(node.address, port)))) return false;
  signal(pid, 'SIGSTOP');
  // What connects stays in the queue, also after it has hung up.
  return await until(10_000, async () => !(await connects(node.address, port)));
}
