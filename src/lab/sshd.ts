// One node's sshd: a real one on a high port of the node's own address, with keys of its own and nobody else's.

import { readFileSync } from 'node:fs';
import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { seconds } from '../time.ts';
import { sshdProgram, type LabUser } from './installation.ts';
import { labFiles, type LabNode } from './layout.ts';
import { putFile } from './ownership.ts';
import { connects, until } from './probe.ts';
import { livingProcess, markOfLab } from './processes.ts';

/** A fresh key pair, `path` and `path.pub`; returns the public half without its comment. */
export async function freshKey(path: string, comment: string, user: LabUser): Promise<string> {
  const argv = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path];
  const ended = await run(argv, { as: user.as, within: seconds(30) });
  if (ended.code !== 0) throw new Fault('failed', `${ended.how}: ${ended.stderr.trim()}`);
  return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

/** A line of known_hosts. */
export const knownHost = (node: LabNode, key: string): string => `[${node.address}]:${node.sshPort} ${key}\n`;

/**
 * What an sshd needs that does not run as root: no PAM, no privilege separation, and no complaint about who may write to the
 * directories above its keys. The rest is sshd's default, MaxSessions 10 with it, as on a real host.
 */
export function configureSshd(directory: string, node: LabNode, user: LabUser): void {
  const lines = [
    `ListenAddress ${node.address}:${node.sshPort}`,
    `HostKey ${node.ssh}/host_key`,
    `PidFile ${node.ssh}/sshd.pid`,
    `AuthorizedKeysFile ${labFiles(directory).authorizedKeys}`,
    `AllowUsers ${user.name}`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'AllowStreamLocalForwarding yes',
    'AllowTcpForwarding yes',
    'PrintMotd no',
    'PrintLastLog no',
    // Connections that arrive all at once, as when many checks begin: by default the eleventh is turned away at random.
    'MaxStartups 100',
    'LogLevel VERBOSE',
    `SetEnv ${markOfLab}=${node.directory}`,
    'Subsystem sftp internal-sftp',
  ];
  putFile(`${node.ssh}/sshd_config`, `${lines.join('\n')}\n`, 0o600, user);
}

/** Returns once it accepts connections. */
export async function startSshd(node: LabNode, user: LabUser): Promise<void> {
  const argv = [sshdProgram(), '-f', `${node.ssh}/sshd_config`, '-E', `${node.ssh}/sshd.log`];
  const ended = await run(argv, { as: user.as, within: seconds(30), env: { [markOfLab]: node.directory } });
  if (ended.code === 0 && (await until(10_000, () => connects(node.address, node.sshPort)))) return;
  throw new Fault('failed', `sshd did not start: ${ended.stderr.trim() || ended.how}`, {
    on: node.name,
    hint: `less ${node.ssh}/sshd.log`,
  });
}

export function sshdRuns(node: LabNode): boolean {
  try {
    const pid = Number(readFileSync(`${node.ssh}/sshd.pid`, 'utf8'));
    return livingProcess(pid)?.command.includes(`${node.ssh}/`) === true;
  } catch {
    return false;
  }
}
