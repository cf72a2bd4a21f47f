// pg_isready's question asked from this machine, in PostgreSQL's protocol itself: no libpq is needed here.

import { connect } from 'node:net';
import type { Readiness } from '../postgres/isready.ts';
import type { Duration } from '../time.ts';

export interface PingTarget {
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** Known ones, or a server that trusts us would log a FATAL for each question. */
  readonly user: string;
  readonly database: string;
}

/**
 * As libpq's PQping decides (fe-connect.c, internal_ping): asked for a password or let in, or refused for any other reason than
 * starting or stopping, it accepts connections. A frozen postmaster takes the TCP connection, in the kernel, and never answers.
 */
export function ping(target: PingTarget, within: Duration): Promise<Readiness> {
  return new Promise(resolve => {
    const { host, port } = target;
    const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${String(port)}` } : { host, port });
    let heard = Buffer.alloc(0);
    const answer = (readiness: Readiness): void => {
      clearTimeout(timer);
      socket.removeListener('data', listen);
      resolve(readiness);
      // A farewell in good order and the rest read: the server would log a connection that was reset.
      socket.end();
      socket.resume();
      setTimeout(() => socket.destroy(), 500).unref();
    };
    const listen = (piece: Buffer): void => {
      heard = Buffer.concat([heard, piece]);
      const readiness = readAnswer(heard);
      if (readiness !== undefined) answer(readiness);
    };
    const timer = setTimeout(() => {
      socket.destroy();
      resolve('no-response');
    }, within);
    socket.on('connect', () => socket.write(startupMessage(target)));
    socket.on('data', listen);
    const hungUp = (): void => answer('no-response');
    socket.on('error', hungUp);
    socket.on('close', hungUp);
  });
}

/** Undefined until enough was heard. Manual 55.7: `R` authentication, `E` error, whose field `C` is the SQLSTATE. */
export function readAnswer(heard: Buffer): Readiness | undefined {
  const type = heard.toString('latin1', 0, 1);
  if (type === 'R') return 'accepting';
  if (type !== 'E') return type === '' || type === 'N' ? undefined : 'no-response';
  if (heard.length < 5 || heard.length < heard.readUInt32BE(1) + 1) return undefined;
  const fields = heard.toString('latin1', 5).split('\0');
  const sqlstate = fields.find(field => field.startsWith('C'))?.slice(1);
  // 57P03, cannot_connect_now: it starts, stops, recovers, or does not take read-only sessions.
  if (sqlstate === '57P03') return 'rejecting';
  return sqlstate === undefined ? 'no-response' : 'accepting';
}

/** Protocol 3.0, which every version from 7.4 on speaks. */
export function startupMessage({ user, database }: PingTarget): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0application_name\0lifeboat\0\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}
