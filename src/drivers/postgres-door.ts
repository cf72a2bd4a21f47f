// Where a server is knocked at: over the shell to its Unix socket, over TCP, or at a Unix socket of this machine.

import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NodeSite } from '../runbook/inventory-types.ts';
import type { Redactor, SecretRef } from '../secret.ts';
import type { Duration } from '../time.ts';
import { connectFleeting } from './fleeting.ts';
import type { NoSocket, Shell } from './shell.ts';

/** A node of the inventory, reached as that says. */
export interface SqlPlace {
  readonly node: NodeSite;
  readonly shell: Shell;
  readonly redactor: Redactor;
}

/** A server that is reached without a shell, or by another role than the inventory's superuser. */
export interface DirectPlace {
  /** What messages call it. */
  readonly name: string;
  /** An address, or the directory of a Unix socket on this machine. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** For what must be asked over SQL. */
  readonly database: string;
  readonly secret: SecretRef | undefined;
  readonly redactor: Redactor;
}

export interface Door extends DirectPlace {
  /** `fleeting`: as {@link Shell.openSocket} has it. */
  open(within: Duration, fleeting?: 'fleeting'): Promise<Duplex | NoSocket>;
}

export function doorOf(place: SqlPlace | DirectPlace): Door {
  if (!('node' in place)) return { ...place, open: (within, fleeting) => knock(addressOf(place), within, fleeting) };
  const { node, shell, redactor } = place;
  const { via, socket, host, port, user, database, secret } = node.postgres;
  const common = { name: node.name, port, user, database, secret, redactor };
  if (via === 'socket') {
    const file = socketFile(socket, port);
    return { ...common, host: socket, open: (within, fleeting) => shell.openSocket(file, within, fleeting) };
  }
  return { ...common, host, open: (within, fleeting) => knock({ host, port }, within, fleeting) };
}

type Address = { readonly path: string } | { readonly host: string; readonly port: number };

const socketFile = (directory: string, port: number): string => `${directory}/.s.PGSQL.${String(port)}`;

const addressOf = ({ host, port }: DirectPlace): Address =>
  host.startsWith('/') ? { path: socketFile(host, port) } : { host, port };

const showAddress = (address: Address): string =>
  'path' in address ? address.path : `${address.host}:${String(address.port)}`;

function knock(address: Address, within: Duration, fleeting: 'fleeting' | undefined): Promise<Duplex | NoSocket> {
  return new Promise(resolve => {
    // A host that is gone in the middle of an answer is noticed after 40 s, not after the kernel's two hours.
    const options = { ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
    const socket = fleeting ? connectFleeting(options) : connect(options);
    const give = (answer: Duplex | NoSocket): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      resolve(answer);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      give({ no: `${showAddress(address)} does not answer` });
    }, within);
    socket.once('connect', () => give(socket));
    socket.once('error', error => give({ no: error.message }));
  });
}

/** pg wants a socket that it connects itself: this one is connected already. */
export function asSocket(stream: Duplex): Duplex {
  return Object.assign(stream, {
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    ref: () => stream,
    unref: () => stream,
    connect() {
      process.nextTick(() => stream.emit('connect'));
      return stream;
    },
  });
}
