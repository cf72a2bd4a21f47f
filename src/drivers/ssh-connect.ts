// One SSH connection, through as many machines as it takes, the host key of every hop checked.

import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client } from 'ssh2';
import { Fault } from '../faults.ts';
import type { SshTarget } from '../runbook/inventory-types.ts';
import { type Duration, showDuration } from '../time.ts';
import { checkHostKey, fingerprint, hostKeyAlgorithms, readKnownHosts } from './known-hosts.ts';
import { credentials } from './ssh-auth.ts';
import { type SshSettings, sshSettings } from './ssh-config.ts';

export interface Connection {
  readonly client: Client;
  readonly hostKey: string;
  /** Ends it and the hops under it. */
  end(): void;
}

/** Without keepalive a host whose cable was pulled would hold us for the quarter of an hour that TCP tries. */
const keepalive = { keepaliveInterval: 5000, keepaliveCountMax: 3 };

/** Rejects with a Fault of code `unreachable`; each hop has its own deadline. `signal` breaks it off, and the connection that came of it. */
export async function connectSsh(target: SshTarget, signal: AbortSignal): Promise<Connection> {
  const settings = await sshSettings(target);
  const hops: Client[] = [];
  const end = (): void => {
    for (const client of hops.toReversed()) client.end().destroy();
  };
  try {
    for (const jump of settings.jumps) {
      const hop = await sshSettings(jump);
      hops.push((await handshake(hop, await throughTo(hop, hops.at(-1), signal))).client);
    }
    const last = await handshake(settings, await throughTo(settings, hops.at(-1), signal));
    hops.push(last.client);
    return { ...last, end };
  } catch (error) {
    end();
    throw error;
  }
}

function throughTo(
  { host, port, connectTimeout }: SshSettings,
  hop: Client | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  if (hop === undefined) return dial(host, port, connectTimeout, signal);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late(host, port, connectTimeout)), connectTimeout);
    hop.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
      clearTimeout(timer);
      if (!error) resolve(stream);
      else
        reject(
          new Fault('unreachable', `the machine in between cannot reach ${host}:${port}: ${error.message}`, {
            cause: error,
          }),
        );
    });
  });
}

/** Our own socket, connected before ssh2 gets it: with Nagle's algorithm on, a trivial command takes 47 ms instead of 7. */
function dial(host: string, port: number, within: Duration, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, noDelay: true, signal });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(late(host, port, within));
    }, within);
    socket.once('error', error => {
      clearTimeout(timer);
      reject(
        new Fault('unreachable', `no SSH connection to ${host}:${port}: ${reason(error)}`, {
          hint: `ssh -p ${port} ${host}`,
          cause: error,
        }),
      );
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

const late = (host: string, port: number, within: Duration): Fault =>
  new Fault('unreachable', `no SSH connection to ${host}:${port} within ${showDuration(within)}`, {
    hint: `ssh -p ${port} ${host}`,
  });

function handshake(settings: SshSettings, sock: Duplex): Promise<{ client: Client; hostKey: string }> {
  const { host, port, user, connectTimeout } = settings;
  const name = settings.hostKeyAlias ?? host;
  const known = readKnownHosts(settings.knownHosts);
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let hostKey = '';
    let stranger: unknown;
    // A listener stays for the life of the client: an error nobody listens to would end this process.
    client.on('error', error => {
      client.destroy();
      reject(stranger instanceof Error ? stranger : refusal(error, settings));
    });
    client.once('close', () => reject(new Fault('unreachable', `${host}:${port} hung up before the login was done`)));
    client.once('ready', () => resolve({ client, hostKey }));
    try {
      const { methods } = credentials(settings);
      client.connect({
        ...keepalive,
        sock,
        username: user,
        readyTimeout: connectTimeout,
        agentForward: false,
        authHandler: [...methods],
        algorithms: { serverHostKey: hostKeyAlgorithms(name, port, known) as ssh2.ServerHostKeyAlgorithm[] },
        hostVerifier: (key: Buffer) => {
          hostKey = fingerprint(key);
          try {
            checkHostKey(key, { host: name, port, files: settings.knownHosts }, known);
            return true;
          } catch (error) {
            stranger = error;
            return false;
          }
        },
      });
    } catch (error) {
      sock.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function refusal(error: Error & { level?: string }, settings: SshSettings): Fault {
  const { host, port, user, connectTimeout } = settings;
  const hint = `ssh -v -p ${port} ${user}@${host}`;
  if (error.level === 'client-authentication') {
    const { tried } = credentials(settings);
    return new Fault('unreachable', `${host}:${port} lets "${user}" in with none of our keys: ${tried.join(', ')}`, {
      hint,
      cause: error,
    });
  }
  if (error.level === 'client-timeout') return late(host, port, connectTimeout);
  return new Fault('unreachable', `no SSH session with ${host}:${port}: ${reason(error)}`, { hint, cause: error });
}

function reason(error: Error & { code?: unknown }): string {
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    EHOSTUNREACH: 'there is no way to that host',
    ENETUNREACH: 'there is no way to that network',
    ENOTFOUND: 'no such name',
    EAI_AGAIN: 'the name cannot be looked up now',
    ECONNRESET: 'the other side broke it off',
  };
  return words[String(error.code)] ?? error.message;
}
