// An op as a person would carry it out: sentences, and commands to copy into a shell on this machine.

import { wordsOf } from '../engine/book.ts';
import { isHole } from '../engine/planned.ts';
import type { Checks } from '../look/check.ts';
import type { Do, Op, Text } from '../ops.ts';
import type { NodeName, Where } from '../ports.ts';
import { commandLine } from '../postgres/shell.ts';
import { timeline } from '../postgres/timeline.ts';
import { readWish } from '../repo/recovery-wish.ts';
import { type RestoreWay, wayWords } from '../repo/restore-way.ts';
import { restoreWords } from '../repo/target-words.ts';
import type { Cluster, NodeSite, SshTarget } from '../runbook/inventory-types.ts';
import type { Hole } from '../runbook/book-types.ts';
import { showDuration } from '../time.ts';

export interface Line {
  /** `type`: a command or a file's content, to be taken as it is. `paste`: many lines that must stay as they are, from the first column on. */
  readonly is: 'say' | 'type' | 'paste';
  readonly text: string;
}

const say = (text: string): Line => ({ is: 'say', text });
const type = (text: string): Line => ({ is: 'type', text });
const shown = (text: Text<Hole>): string => (isHole(text) ? `‹${text.hole}›` : text);

export function byHand(op: Op, checks: Checks, cluster: Cluster): Line[] {
  const site = cluster.nodes.find(({ name }) => name === op.on);
  const what = op.do;
  switch (what.op) {
    case 'exec':
      return tries(what, site);
    case 'sql':
      return statements(what, site);
    case 'put':
      return [
        say(`On ${op.on} write the file ${what.path}, mode ${what.mode.toString(8).padStart(4, '0')}:`),
        type(shown(what.text)),
      ];
    case 'move':
      return [say(`On ${op.on}:`), type(remote(site, ['mv', '-n', '-T', what.from, what.to]))];
    case 'carry':
      return carry(what, op.on as NodeName, cluster);
    case 'rescue':
      return [
        say(
          `Bring the WAL of ${op.on} that is not kept yet into the repository. On ${op.on}, for each segment and history file:`,
        ),
        type(`lifeboat wal push ${what.source}/FILE`),
      ];
    case 'restore':
      return isHole(what.way)
        ? [say(`Restore ‹${what.way.hole}› onto ${op.on}: lifeboat restore --on ${op.on} …`)]
        : restored(op.on, what, what.way, site);
    case 'wait': {
      const span = what.during === 0 ? '' : ` without a break for ${showDuration(what.during)}`;
      return [
        say(
          `Wait until ${wordsOf(checks, what.until)}${span}. Stop here if it takes longer than ${showDuration(op.within)}.`,
        ),
      ];
    }
    case 'ask':
      return [say(`Ask yourself: ${shown(what.text)}`), say('Go on only if the answer is yes.')];
    case 'note':
      return [
        say(shown(what.text).trim()),
        ...what.facts.map(({ on, fact }) => say(`Write down: ${fact} of ${on}: ______`)),
      ];
  }
}

/** Beside its own data nothing of a node's may be written over: there the command is typed on the node itself. */
function restored(
  on: Where,
  { wish, into }: Extract<Do, { op: 'restore' }>,
  way: RestoreWay,
  site: NodeSite | undefined,
): Line[] {
  const beside = into.data !== site?.postgres.data;
  const { target } = readWish(wish);
  const where = beside ? ['--into', into.data] : ['--on', on];
  const words = restoreWords(target, timeline(way.timeline));
  const spaces =
    into.spaces === null ? '' : `, each tablespace in a directory of its own (--tablespace NAME=${into.spaces}/OID)`;
  return [
    say(`Restore ${wayWords(way)}${beside ? `, on ${on} itself${spaces}` : ''}:`),
    type(commandLine(['lifeboat', 'restore', ...where, '--backup', way.backup, ...words])),
  ];
}

function tries({ tries: all, stdin, as }: Extract<Do, { op: 'exec' }>, site: NodeSite | undefined): Line[] {
  return all.flatMap(({ argv }, i) => {
    const before = all[i - 1];
    const head = before
      ? `If that did not end well within ${showDuration(before.within)}:`
      : `On ${site?.name ?? 'this machine'}:`;
    const fed = stdin === undefined ? [] : [say('Its standard input:'), type(shown(stdin))];
    const script = scriptIn(argv.map(shown));
    if (script === undefined) return [say(head), type(remote(site, argv.map(shown))), ...fed];
    const what = as === undefined ? head : `${head} ${shown(as)}`;
    return [say(what), say('To do so, paste this whole:'), { is: 'paste', text: hereDocument(script, site) }];
  });
}

interface Script {
  readonly text: string;
  /** `$1` and so on. */
  readonly args: readonly string[];
}

/** `sh -c TEXT NAME ARGUMENT…`, where the text has several lines; undefined for any other program. */
function scriptIn([shell, option, text = '', , ...args]: readonly string[]): Script | undefined {
  return shell === 'sh' && option === '-c' && text.includes('\n') ? { text: text.trim(), args } : undefined;
}

/**
 * The text goes to a shell on the host as it stands: no quote in it is read by a second shell. The shell reads it to its end
 * before it begins, and no program in it can swallow the rest.
 */
function hereDocument({ text, args }: Script, site: NodeSite | undefined): string {
  const end = 'END-OF-SCRIPT';
  return [
    `${remote(site, ['sh'])} <<'${end}'`,
    commandLine(['set', '--', ...args]),
    '(',
    text,
    ') </dev/null',
    end,
  ].join('\n');
}

function carry({ from, source, target, files }: Extract<Do, { op: 'carry' }>, to: NodeName, cluster: Cluster): Line[] {
  const there = cluster.nodes.find(({ name }) => name === from);
  const here = cluster.nodes.find(({ name }) => name === to);
  const which =
    'names' in files
      ? files.names.join(' and ')
      : `the WAL files from ${shown(files.first)} to ${shown(files.last)}, and every *.history file,`;
  return [
    say(`Bring ${which} from ${from}:${source} to ${to}:${target}. For each of them:`),
    type(remote(here, ['mkdir', '-p', target])),
    type(`${remote(there, ['cat', `${source}/FILE`])} | ${remote(here, ['sh', '-c', `cat > ${target}/FILE`])}`),
  ];
}

/** Host, port, user and identity as the inventory has them; the remote shell reads the command line once more, hence quoted as one. */
function remote(site: NodeSite | undefined, argv: readonly string[]): string {
  if (site === undefined || site.ssh.local === true) return commandLine(argv);
  return `${sshTo(site.ssh)} ${commandLine(['-', commandLine(argv)]).slice(2)}`;
}

function sshTo({ host, user, port, identity, knownHosts, config, jump }: SshTarget): string {
  return commandLine([
    'ssh',
    ...(config === undefined ? [] : ['-F', config]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identity === undefined ? [] : ['-i', identity]),
    ...(knownHosts === undefined ? [] : ['-o', `UserKnownHostsFile=${knownHosts}`]),
    ...(jump === undefined ? [] : ['-J', jump]),
    user === undefined ? host : `${user}@${host}`,
  ]);
}

/** Typed into psql, not put behind `-c`: three shells' quotes around a statement nobody can read, let alone type. */
function statements({ statements: all }: Extract<Do, { op: 'sql' }>, site: NodeSite | undefined): Line[] {
  return all.flatMap(({ text, database }, i) => {
    const opened = i > 0 && all[i - 1]?.database === database;
    const open = opened || !site ? [] : [say(`On ${site.name}, in psql:`), type(remote(site, psql(site, database)))];
    return [...open, ...(opened ? [] : [say('type:')]), type(`${shown(text)};`)];
  });
}

function psql({ postgres }: NodeSite, database = postgres.database): string[] {
  const { bin, socket, port, user } = postgres;
  return [`${bin}/psql`, '-X', '-h', socket, '-p', String(port), '-U', user, '-d', database];
}

const lookingStatement = 'select pg_is_in_recovery(), pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()';

/** What tells most about a server: does it answer, is it a standby, how its log ends. */
export function lookAtNode(site: NodeSite): string[] {
  const { bin, host, port, data, log } = site.postgres;
  return [
    commandLine(['pg_isready', '-h', host, '-p', String(port)]),
    remote(site, [...psql(site), '-c', lookingStatement]),
    remote(site, [`${bin}/pg_controldata`, data]),
    ...(log === undefined ? [] : [remote(site, ['tail', '-n', '50', log])]),
  ];
}
