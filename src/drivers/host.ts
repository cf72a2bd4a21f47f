// One node: its eyes and hands, made of its shell and its server.

import { setTimeout as pause } from 'node:timers/promises';
import type { Host, LogPlace, ServerSaid, Silent, Survey } from '../ports.ts';
import { isSilent } from '../ports.ts';
import { readinessOf } from '../postgres/isready.ts';
import { pgIsreadyOf } from '../postgres/commands.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import type { Redactor } from '../secret.ts';
import { bytes, type Duration, ms, seconds } from '../time.ts';
import { type Done, exec, silentBy } from './exec.ts';
import { newMark, sections } from './frames.ts';
import type { JobHands } from './job-hands.ts';
import { readReceipt, runJob } from './job.ts';
import { dropLock, takeLock, touchLock } from './lock.ts';
import { readLog } from './read-log.ts';
import { listScript, pathScript } from './scripts/files.ts';
import { siteArgs } from './scripts/prelude.ts';
import { surveyScript } from './scripts/survey.ts';
import { readServerSaid, serverSaidSql } from './server-said.ts';
import type { Shell } from './shell.ts';
import { guardedSql, readRows, readSettings } from './sql.ts';
import { readSurvey } from './survey-read.ts';

export interface HostOptions {
  /** Learns every secret that is fetched, and cleans whatever is captured. */
  readonly redactor: Redactor;
  readonly outputFile?: JobHands['outputFile'];
}

export function makeHost(node: NodeSite, shell: Shell, options: HostOptions): Host {
  const hands: JobHands = { node, shell, redactor: options.redactor, outputFile: options.outputFile };
  /** `log_line_prefix`, from the last look at the server: a stopped one cannot be asked what its log looks like. */
  let prefix: string | undefined;

  return {
    async survey(within) {
      const looking = look(hands, within);
      const asking = ask(hands, within);
      const seen = await looking;
      if (isSilent(seen)) return seen;
      // pg_isready has waited long enough for both: of a frozen server there is nothing more to hear.
      const server = seen.ready === 'accepting' ? await asking : await Promise.race([asking, noAnswer()]);
      if (!isSilent(server)) prefix = server.settings['log_line_prefix'];
      return { ...seen, server };
    },
    rows: (statement, within) => readRows(hands, statement, within),
    async path(path, within) {
      const mark = newMark();
      const done = await exec(shell, { script: pathScript, args: [mark, path], tidy: true }, { within });
      const state = done.is === 'ended' ? sections(done.stdout, mark)[0]?.name : undefined;
      if (state === 'absent' || state === 'empty' || state === 'full') return state;
      return silentOf(done, `${path} cannot be looked at`);
    },
    async list(directory, within) {
      const mark = newMark();
      const done = await exec(
        shell,
        { script: listScript, args: [mark, directory], tidy: true },
        { within, cap: bytes(64 * 1024 * 1024) },
      );
      const files = done.is === 'ended' ? sections(done.stdout, mark)[0] : undefined;
      if (!files) return silentOf(done, `${directory} cannot be listed`);
      return [...files.text.matchAll(/^(\d+) (.*)$/gm)].map(([, size, name = '']) => ({
        name,
        size: bytes(Number(size)),
      }));
    },
    readLog: (from: LogPlace, within) => readLog({ ...hands, prefix }, from, within),
    async read(argv, within) {
      const done = await exec(shell, bounded(argv, within), { within: ms(within + 2000) });
      if (done.is === 'silent') return { is: 'silent', why: done.why };
      if (done.is !== 'ended') return { is: 'cut', why: done.why };
      const text = (output: Buffer): string => options.redactor.clean(output.toString());
      return { is: 'ended', code: done.code, stdout: text(done.stdout), stderr: text(done.stderr), tried: 0 };
    },
    async ping({ host, port }, within) {
      const argv = pgIsreadyOf(node.postgres.bin, host, port, Math.max(1, Math.floor(within / 1000) - 1));
      const done = await exec(shell, bounded(argv, within), { within });
      const heard = done.is === 'ended' ? readinessOf(done.code) : undefined;
      return heard ?? silentOf(done, 'pg_isready could not be run');
    },
    run: (job, tell) => runJob(hands, job, tell),
    receipt: id => readReceipt(hands, id, seconds(10)),
    sql: (statement, guard, within, token) => guardedSql(hands, statement, guard, within, token),
    lock: claim => takeLock(hands, claim),
    heartbeat: token => touchLock(hands, token),
    unlock: token => dropLock(hands, token),
  };
}

/** The deadline is kept on the host, too: a program whose connection broke would run on there. */
function bounded(argv: readonly string[], within: Duration) {
  const script = 'LC_ALL=C; export LC_ALL; within=$1; shift; exec timeout -k 1 "$within" "$@" </dev/null';
  return { script, args: [(within / 1000).toFixed(3), ...argv], tidy: true };
}

/** The part of a survey that the shell tells. */
async function look({ node, shell }: JobHands, within: Duration): Promise<Omit<Survey, 'server'> | Silent> {
  const mark = newMark();
  // pg_isready waits for a frozen server to its own deadline, which must come before ours.
  const patience = Math.max(1, Math.min(3, Math.floor(within / 1000) - 1));
  const args = [...siteArgs(mark, node), String(patience)];
  const done = await exec(shell, { script: surveyScript, args, tidy: true }, { within, cap: bytes(8 * 1024 * 1024) });
  const seen = done.is === 'ended' ? readSurvey(done.stdout, mark) : undefined;
  if (!seen) return silentOf(done, 'the node cannot be looked at');
  try {
    return { ...seen, hostKey: await shell.hostKey(within) };
  } catch (error) {
    return { silent: silentBy(error).why, unreachable: true };
  }
}

/** The part that the server tells. It gets less time than the whole: of a frozen one the rest must still be told. */
async function ask(hands: JobHands, within: Duration): Promise<ServerSaid | Silent> {
  const answer = await readSettings(hands, serverSaidSql, ms(Math.max(within / 2, within - 1500)));
  if (answer.is === 'rows') return readServerSaid(answer.rows[0]?.[0] ?? '');
  if (answer.is === 'error') return { silent: `${answer.message} (SQLSTATE ${answer.sqlstate})`, unreachable: false };
  return { silent: answer.is === 'refused' ? answer.found : answer.why, unreachable: false };
}

async function noAnswer(): Promise<Silent> {
  await pause(500, undefined, { ref: false });
  return { silent: 'the server does not answer', unreachable: false };
}

function silentOf(done: Done, what: string): Silent {
  if (done.is === 'ended') {
    const why = done.stderr.toString().trim().split('\n').at(-1) ?? '';
    return { silent: why === '' ? what : `${what}: ${why}`, unreachable: false };
  }
  if (done.is !== 'silent') return { silent: done.why, unreachable: false };
  return { silent: done.why, unreachable: true, ...(done.hint !== undefined && { hint: done.hint }) };
}
