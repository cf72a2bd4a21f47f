// Commands on this machine, for hooks and for what a runbook does "here": no guard, and no receipt, for no connection can break.

import type { Job, Ran, TellOutput } from '../ports.ts';
import type { Redactor } from '../secret.ts';
import { ms } from '../time.ts';
import { exec } from './exec.ts';
import { secretValue } from './secret-value.ts';
import type { Shell } from './shell.ts';

/** `$1` seconds, `$2` names of the secrets, which stand on stdin a line each, then the command. */
const script = `
within=$1 names=$2
shift 2
for name in $names; do IFS= read -r value; export "$name=$value"; done
exec timeout -k 2 "$within" "$@"
`;

export async function runHere(
  shell: Shell,
  redactor: Redactor,
  { task }: Omit<Job, 'guard'>,
  tell: TellOutput,
): Promise<Ran> {
  if (task.task !== 'argv') throw new Error(`a ${task.task} is done on a node`);
  const names = Object.keys(task.secrets ?? {});
  let lines = '';
  for (const [name, secret] of Object.entries(task.secrets ?? {})) {
    const value = await secretValue(secret, { host: 'localhost', port: 5432, database: '*', user: '*' }, redactor);
    if (/[\n\0]/.test(value)) throw new Error(`the secret ${name} is more than one line`);
    lines += `${value}\n`;
  }
  let ran: Ran = { is: 'silent', why: 'there was nothing to run' };
  for (const [tried, { argv, within }] of task.tries.entries()) {
    const args = [(within / 1000).toFixed(3), names.join(' '), ...argv];
    const done = await exec(
      shell,
      { script, args },
      {
        stdin: lines + (task.stdin ?? ''),
        within: ms(within + 3000),
        onStdout: piece => tell(redactor.clean(piece.toString()), 'out'),
      },
    );
    if (done.is === 'silent') return { is: 'silent', why: done.why };
    if (done.is !== 'ended') return { is: 'cut', why: done.why };
    const [stdout, stderr] = [done.stdout, done.stderr].map(output => redactor.clean(output.toString()));
    ran = { is: 'ended', code: done.code, stdout: stdout ?? '', stderr: stderr ?? '', tried };
    if (done.code === 0) break;
  }
  return ran;
}
