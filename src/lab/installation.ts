// The programs a lab is made of: where they lie, and whom they run as.

import { accessSync, constants, readFileSync, readdirSync } from 'node:fs';
import type { RunAs } from '../drivers/process.ts';
import { Fault } from '../faults.ts';

/** Whom the servers run as: PostgreSQL refuses root, so root hands everything to the user `postgres`. */
export interface LabUser {
  readonly name: string;
  /** Undefined where it is the user we are. */
  readonly as: RunAs | undefined;
}

export function labUser(): LabUser {
  const uid = process.getuid?.();
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  if (uid !== 0) {
    const self = users.find(([, , id]) => id === String(uid))?.[0] ?? process.env['USER'];
    if (self === undefined) throw new Fault('refused', `the user with the id ${String(uid)} has no name`);
    return { name: self, as: undefined };
  }
  const found = users.find(([name]) => name === 'postgres');
  if (!found) {
    throw new Fault('refused', 'PostgreSQL does not run as root, and there is no user "postgres" on this machine', {
      hint: 'run this as an ordinary user, or install PostgreSQL, which brings the user along',
    });
  }
  return { name: 'postgres', as: { uid: Number(found[2]), gid: Number(found[3]) } };
}

/** The directory of PostgreSQL's server programs: $LIFEBOAT_PG_BIN, or the newest one of the places where distributions put it. */
export function postgresBin(): string {
  const named = process.env['LIFEBOAT_PG_BIN'];
  if (named !== undefined && named !== '') {
    if (isProgram(`${named}/postgres`)) return named;
    throw new Fault('usage', `LIFEBOAT_PG_BIN names "${named}", where there is no program "postgres"`);
  }
  const debian = versionsIn('/usr/lib/postgresql').map(version => `/usr/lib/postgresql/${version}/bin`);
  const redHat = versionsIn('/usr')
    .filter(name => name.startsWith('pgsql-'))
    .map(name => `/usr/${name}/bin`);
  const places = [...debian, ...redHat, '/usr/local/pgsql/bin', ...pathDirectories()];
  const bin = places.find(place => isProgram(`${place}/initdb`) && isProgram(`${place}/postgres`));
  if (bin !== undefined) return bin;
  throw new Fault('refused', "PostgreSQL's server programs are not on this machine", {
    hint: 'apt-get install postgresql, or name their directory in LIFEBOAT_PG_BIN',
  });
}

/** The absolute path of sshd, which refuses to start by any other name. */
export function sshdProgram(): string {
  const places = [...pathDirectories(), '/usr/sbin', '/usr/local/sbin', '/sbin'].map(place => `${place}/sshd`);
  const found = [process.env['LIFEBOAT_SSHD'] ?? '', ...places].find(isProgram);
  if (found !== undefined) return found;
  throw new Fault('refused', 'sshd is not on this machine: a lab reaches its nodes over real SSH', {
    hint: 'apt-get install --no-install-recommends openssh-server (its daemon on port 22 is not needed), or name it in LIFEBOAT_SSHD',
  });
}

function versionsIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  } catch {
    return [];
  }
}

function pathDirectories(): string[] {
  return (process.env['PATH'] ?? '').split(':').filter(place => place.startsWith('/'));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path.startsWith('/');
  } catch {
    return false;
  }
}
