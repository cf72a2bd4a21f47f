// A free block of loopback addresses and ports: many labs stand side by side on one machine, and none may meet another.

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { Fault } from '../faults.ts';

export interface Block {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly sshPort: number;
}

/** 127.X.Y.11, .12, … with X and Y drawn until every address can be bound at both ports. */
export async function freeBlock(nodes: number): Promise<Block> {
  let why: string | undefined;
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const net = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    // Below 32768, where Linux begins to give ports to clients: none is taken between this test and the server's start.
    const port = randomInt(20_000, 32_000);
    const block = { addresses: Array.from({ length: nodes }, (_, at) => `${net}.${11 + at}`), port, sshPort: port + 1 };
    const refusals = await Promise.all(
      block.addresses.flatMap(address => [refusal(address, block.port), refusal(address, block.sshPort)]),
    );
    why = refusals.find(it => it !== undefined);
    if (why === undefined) return block;
  }
  throw new Fault('refused', `no free loopback address was found for the nodes of a lab: ${why ?? ''}`, {
    hint: 'a lab needs Linux, where every address of 127.0.0.0/8 is there without set-up',
  });
}

function refusal(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', error => resolve(error.message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}
