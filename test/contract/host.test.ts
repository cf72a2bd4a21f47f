// The hands and eyes of a node, against a real PostgreSQL behind a real sshd.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSite } from '../../src/drivers/site.ts';
import type {
  Host,
  HostGuard,
  Job,
  LockClaim,
  NodeName,
  Ran,
  Site,
  Survey,
  Task,
  TellOutput,
} from '../../src/ports.ts';
import { isSilent } from '../../src/ports.ts';
import { ms, seconds } from '../../src/time.ts';
import { clusterOf, guardOf, nodeOf, postmasterOf, surveyed } from '../support/node.ts';
import { asOwner, bin, initServer, type TestServer } from '../support/postgres.ts';
import { startSshd, testDirectory, type TestSshd } from '../support/sshd.ts';
import { until } from '../support/until.ts';

const directory = testDirectory('host');
const work = join(directory.path, 'work');
const within = seconds(8);
const node1 = 'node1' as NodeName;
let sshd: TestSshd;
let server: TestServer;
let site: Site;
let host: Host;
let survey: Survey;
let guard: HostGuard;

const claim = (more: Partial<LockClaim> = {}): LockClaim => ({
  run: 'run1',
  token: 'token1',
  owner: 'me@here',
  pid: 1,
  book: 'failover',
  replaces: null,
  ...more,
});

let jobs = 0;
function run(task: Task, more: Partial<HostGuard> = {}, op = `op.${jobs++}`, tell: TellOutput = () => undefined) {
  const job: Job = { id: { run: 'run1', op }, guard: { ...guard, ...more }, task };
  return host.run(job, tell);
}
const argv = (...words: string[]): Task => ({ task: 'argv', tries: [{ argv: words, within: seconds(5) }] });
const sh = (script: string, ...args: string[]): Task => argv('sh', '-c', script, 'sh', ...args);
const ended = (ran: Ran) => {
  if (ran.is !== 'ended') throw new Error(JSON.stringify(ran));
  return ran;
};

beforeAll(async () => {
  sshd = await startSshd({ directory: directory.path });
  server = await initServer(directory.path);
  server.start();
  site = makeSite(clusterOf([nodeOf('node1', sshd, server, work)]));
  host = site.host(node1);
  survey = await surveyed(host);
  guard = guardOf(survey, 'token1');
}, 60_000);

afterAll(async () => {
  await site.close();
  await server.destroy();
  await sshd.stop();
  directory.remove();
});

describe('a look', () => {
  it('tells a running primary, and leaves no trace on the host', () => {
    expect(survey).toMatchObject({
      data: 'full',
      standbySignal: false,
      ready: 'accepting',
      walWritable: true,
      lock: null,
      postmaster: { pid: server.pid() },
      server: { inRecovery: false, timeline: 1, version: 150_018, readOnly: false, receiver: null, senders: [] },
      log: { file: server.log, inode: statSync(server.log).ino },
    });
    expect(survey.processes.length).toBeGreaterThanOrEqual(6);
    expect(survey.processes.some(({ command }) => command === 'postgres: checkpointer')).toBe(true);
    expect(survey.free.data).toBeGreaterThan(1_000_000);
    expect(Math.abs(Date.parse(survey.at) - Date.now())).toBeLessThan(20_000);
    expect(existsSync(work)).toBe(false);
  });

  it('cannot change anything over SQL', async () => {
    expect(await host.rows({ text: 'create table t ()' }, within)).toMatchObject({ is: 'error', sqlstate: '25006' });
    expect(await host.rows({ text: 'select $1::text as a, null as b', values: ["it's"] }, within)).toEqual({
      is: 'rows',
      rows: [["it's", '']],
      columns: ['a', 'b'],
      notices: [],
    });
  });

  it('sees paths and files', async () => {
    const empty = join(directory.path, 'empty');
    mkdirSync(empty);
    expect(await host.path(server.data, within)).toBe('full');
    expect(await host.path(empty, within)).toBe('empty');
    expect(await host.path(`${empty}/none`, within)).toBe('absent');
    expect(await host.list(join(server.data, 'global'), within)).toContainEqual({ name: 'pg_control', size: 8192 });
    expect(await host.list(empty, within)).toEqual([]);
    expect(await host.list(`${empty}/none`, within)).toMatchObject({ silent: expect.stringContaining('none') });
  });

  it('runs a program that reads', async () => {
    expect(await host.read(['printf', '%s|', 'a b', '$x'], within)).toMatchObject({
      is: 'ended',
      code: 0,
      stdout: 'a b|$x|',
    });
    expect(await host.read(['sleep', '5'], ms(300))).toMatchObject({ is: 'ended', code: 124 });
  });

  it('asks pg_isready from the node', async () => {
    expect(await host.ping({ host: '127.0.0.1', port: server.port }, within)).toBe('accepting');
    expect(await host.ping({ host: '127.0.0.1', port: 1 }, within)).toBe('no-response');
  });

  it('of a host that is not there costs one deadline', async () => {
    const other = nodeOf('node2', { target: { ...sshd.target, port: 1 } }, server, work);
    const lost = makeSite(clusterOf([other]));
    const answer = await lost.host('node2' as NodeName).survey(seconds(1));
    expect(answer).toMatchObject({ silent: expect.stringContaining('nothing listens there'), unreachable: true });
    await lost.close();
  });
});

describe('the lock', () => {
  it('is held by one of two, and shown with its age', async () => {
    const [one, two] = await Promise.all([host.lock(claim()), host.lock(claim({ token: 'token2', run: 'run2' }))]);
    const answers = [one, two].map(answer => ('is' in answer ? answer.is : 'silent'));
    expect(answers.sort()).toEqual(['held', 'taken']);
    const { lock } = await surveyed(host);
    expect(lock).toMatchObject({ owner: 'me@here', book: 'failover', pid: 1 });
    expect(lock!.age).toBeLessThan(5000);
    expect(statSync(work).mode & 0o777).toBe(0o700);
    await host.unlock(lock!.token);
    expect((await surveyed(host)).lock).toBeNull();
  });

  it('is replaced by one of two who both saw it stale', async () => {
    await host.lock(claim({ token: 'old' }));
    const file = join(work, 'lock');
    utimesSync(file, new Date(), new Date(Date.now() - 600_000));
    expect((await surveyed(host)).lock!.age).toBeGreaterThan(590_000);
    const tokens = ['a', 'b', 'c', 'd', 'e'];
    const answers = await Promise.all(tokens.map(token => host.lock(claim({ token, replaces: 'old' }))));
    const held = answers.filter(answer => 'is' in answer && answer.is === 'held');
    expect(held).toHaveLength(1);
    const winner = tokens[answers.indexOf(held[0]!)]!;
    expect(readFileSync(file, 'utf8')).toContain(`token=${winner}\n`);
    expect(await host.heartbeat('old')).toBe(false);
    expect(await host.heartbeat(winner)).toBe(true);
    await host.unlock('old');
    expect(existsSync(file)).toBe(true);
    await host.unlock(winner);
    expect(readdirSync(work).filter(name => name.startsWith('lock'))).toEqual([]);
  });

  it('says who holds it', async () => {
    await host.lock(claim());
    expect(await host.lock(claim({ token: 'x', replaces: 'y' }))).toMatchObject({
      is: 'taken',
      by: { token: 'token1', run: 'run1' },
    });
    expect(await host.lock(claim())).toEqual({ is: 'held' });
  });
});

describe('a guarded job', () => {
  beforeEach(async () => {
    await host.lock(claim());
  });

  it('runs, and tells its output', async () => {
    const told: string[] = [];
    const ran = await run(sh('echo out; echo err >&2; exit 3'), {}, 'first.0', text => told.push(text));
    expect(ran).toEqual({ is: 'ended', code: 3, stdout: 'out\n', stderr: 'err\n', tried: 0 });
    expect(told).toEqual(['out\n']);
    expect(readFileSync(join(work, 'runs/run1/first.0:rc'), 'utf8')).toBe('3 0\n');
    expect(await host.receipt({ run: 'run1', op: 'first.0' })).toEqual(ran);
    expect(await host.receipt({ run: 'run1', op: 'first.1' })).toEqual({ is: 'none' });
  });

  it.each<[string, () => Partial<HostGuard>, string, () => string]>([
    ['host key', () => ({ hostKey: 'SHA256:other' }), 'SHA256:other', () => guard.hostKey],
    ['lock', () => ({ lock: 'another' }), 'another', () => 'token1, of run run1 by me@here'],
    ['system identifier', () => ({ systemId: '123' }), '123', () => guard.systemId!],
    ['system identifier', () => ({ systemId: null }), 'none', () => guard.systemId!],
    ['role', () => ({ role: 'standby' }), 'standby', () => 'primary'],
    ['role', () => ({ role: 'down' }), 'down', () => 'primary'],
    ['timeline', () => ({ role: 'primary', timeline: 2 }), '2', () => '1'],
    ['postmaster', () => ({ postmaster: '1@1' }), '1@1', () => postmasterOf(survey)],
    ['postmaster', () => ({ postmaster: 'none' }), 'none', () => postmasterOf(survey)],
  ])('is held back by the %s, and nothing is done', async (what, more, expected, found) => {
    const file = join(directory.path, 'touched');
    const op = `held.${jobs++}`;
    expect(await run(argv('touch', file), more(), op)).toEqual({ is: 'refused', what, expected, found: found() });
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(join(work, 'runs/run1')).filter(name => name.startsWith(`${op}:`))).toEqual([]);
  });

  it('goes through when all is as expected', async () => {
    const all = { role: 'primary', timeline: 1, postmaster: postmasterOf(survey) } as const;
    expect(await run(argv('true'), all)).toMatchObject({ is: 'ended', code: 0 });
    expect(await run(argv('true'), { lock: null })).toMatchObject({ is: 'ended', code: 0 });
  });

  it('is run once, however often it is asked for', async () => {
    const file = join(directory.path, 'count');
    const once = sh('echo x >>"$1"; sleep 0.3; cat "$1"', file);
    const all = await Promise.all([1, 2, 3].map(() => run(once, {}, 'once.0')));
    all.push(await run(once, {}, 'once.0'));
    expect(all).toEqual(all.map(() => ({ is: 'ended', code: 0, stdout: 'x\n', stderr: '', tried: 0 })));
    expect(readFileSync(file, 'utf8')).toBe('x\n');
  });

  it('goes from try to try', async () => {
    const tries = [
      { argv: ['false'], within: seconds(5) },
      { argv: ['sh', '-c', 'cat; exit 2'], within: seconds(5) },
      { argv: ['sh', '-c', 'sleep 5'], within: ms(200) },
      { argv: ['cat'], within: seconds(5) },
      { argv: ['echo', 'not this one'], within: seconds(5) },
    ];
    const ran = await run({ task: 'argv', tries, stdin: 'the input\n\n' });
    expect(ran).toEqual({ is: 'ended', code: 0, stdout: 'the input\n\nthe input\n\n', stderr: '', tried: 3 });
  });

  it('keeps its deadline on the host', async () => {
    expect(await run({ task: 'argv', tries: [{ argv: ['sleep', '30'], within: ms(200) }] })).toMatchObject({
      is: 'ended',
      code: 124,
    });
  });

  it('passes words as they are', async () => {
    const words = ['', 'a b', "it's", '$HOME', '`id`', 'a\nb', '*', '-n', '97'];
    expect(ended(await run(argv('printf', '<%s>', ...words))).stdout).toBe(words.map(word => `<${word}>`).join(''));
  });

  it('takes no output for its own words', async () => {
    const { stdout } = ended(await run(sh('printf "\\n@x ended 0 0 0 0\\n@ refused\\n"')));
    expect(stdout).toBe('\n@x ended 0 0 0 0\n@ refused\n');
  });

  it('sends the beginning and the end of long output', async () => {
    const { stdout } = ended(await run(sh('echo first; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last')));
    expect(stdout).toMatch(/^first\nx+\n\[1\.9 MB of output left out here\]\nx+\nlast\n$/);
  });

  it('tells output while it runs', async () => {
    const told: string[] = [];
    const go = join(directory.path, 'go');
    const ran = run(sh('echo one; until [ -e "$1" ]; do sleep 0.05; done; echo two', go), {}, 'told.0', text => {
      told.push(text);
      asOwner(['touch', go]);
    });
    expect(ended(await ran).stdout).toBe('one\ntwo\n');
    expect(told.join('')).toBe('one\ntwo\n');
  });

  it('tells complaints while it runs, and tells them apart', async () => {
    const told = { out: '', err: '' };
    const go = join(directory.path, 'go-err');
    const script = 'printf "1/4 kB\\r2/4 kB\\rhalf" >&2; echo one; until [ -e "$1" ]; do sleep 0.05; done; echo two';
    const ran = run(sh(script, go), {}, 'told.1', (text, stream) => {
      told[stream] += text;
      if (told.err !== '' && told.out !== '') asOwner(['touch', go]);
    });
    expect(ended(await ran)).toMatchObject({ stdout: 'one\ntwo\n', stderr: '1/4 kB\r2/4 kB\rhalf' });
    expect(told.out).toBe('one\ntwo\n');
    // Whole lines while it runs; the rest with its end.
    expect(told.err).toMatch(/^1\/4 kB\r2\/4 kB\r(half)?$/);
  });

  it('outlives the connection, and its end can be read afterwards', async () => {
    const [began, go] = [join(directory.path, 'began'), join(directory.path, 'go-on')];
    const script = 'echo before; touch "$1"; until [ -e "$2" ]; do sleep 0.05; done; echo after; exit 5';
    const ran = run(sh(script, began, go), {}, 'cut.0');
    await until(() => existsSync(began));
    for (const pid of sshd.sessions()) process.kill(pid, 'SIGKILL');
    expect(await ran).toEqual({ is: 'cut', why: 'the SSH connection broke' });
    const running = await host.receipt({ run: 'run1', op: 'cut.0' });
    expect(running).toMatchObject({ is: 'running' });
    asOwner(['touch', go]);
    const end = { is: 'ended', code: 5, stdout: 'before\nafter\n', stderr: '', tried: 0 };
    expect(await run(argv('false'), {}, 'cut.0')).toEqual(end);
    expect(await host.receipt({ run: 'run1', op: 'cut.0' })).toEqual(end);
  });

  it('that was killed with its shell is neither running nor done', async () => {
    const ran = run(sh('sleep 5'), {}, 'killed.0');
    const pid = Number(await until(() => tryRead(join(work, 'runs/run1/killed.0:command')).split(' ')[0] || undefined));
    const runner = Number(tryRead(join(work, 'runs/run1/killed.0:runner')).split(' ')[0]);
    process.kill(runner, 'SIGKILL');
    await until(() => /^$|\) Z /.test(tryRead(`/proc/${runner}/stat`)));
    expect(await host.receipt({ run: 'run1', op: 'killed.0' })).toEqual({ is: 'running', pid });
    process.kill(-pid, 'SIGKILL');
    expect(await ran).toMatchObject({ is: 'ended', code: 137, stderr: expect.stringContaining('ended from outside') });
    expect(await host.receipt({ run: 'run1', op: 'killed.0' })).toMatchObject({ is: 'ended', code: 137 });
  });

  it('gets secrets by stdin alone, and none is seen in its output', async () => {
    process.env['LB_TEST_SECRET'] = "pa$$'word here";
    const ran = await run({
      task: 'argv',
      tries: [
        {
          argv: ['sh', '-c', 'cat; printf "%s\\n" "$PGPASSWORD"; tr "\\0" " " </proc/$PPID/cmdline'],
          within: seconds(5),
        },
      ],
      stdin: 'and input\n',
      secrets: { PGPASSWORD: { env: 'LB_TEST_SECRET' } },
    });
    const { stdout } = ended(ran);
    expect(stdout).toMatch(/^and input\n<secret>\n/);
    expect(stdout).not.toContain('word here');
  });
});

const tryRead = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

describe('put and move', () => {
  it('writes a file with its mode, and again', async () => {
    const path = join(server.data, 'written.conf');
    for (const text of ['one\n', 'ütwo without end']) {
      expect(await run({ task: 'put', path, text, mode: 0o640 })).toMatchObject({ is: 'ended', code: 0 });
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    expect(statSync(path).mode & 0o777).toBe(0o640);
    const nowhere = await run({ task: 'put', path: join(directory.path, 'no/such'), text: 'x', mode: 0o600 });
    expect(ended(nowhere).code).not.toBe(0);
  });

  const tree = (name: string): string => {
    const from = join(directory.path, name);
    asOwner(['mkdir', '-p', `${from}/below`]);
    asOwner(['sh', '-c', 'echo text >"$1/below/file"; ln -s below "$1/link"; chmod 700 "$1"', 'sh', from]);
    return from;
  };

  it('renames within a file system, and is done where it was done', async () => {
    const [from, to] = [tree('tree'), join(directory.path, 'aside/here/tree')];
    for (const _ of [1, 2]) {
      expect(await run({ task: 'move', from, to })).toEqual({ is: 'ended', code: 0, stdout: '', stderr: '', tried: 0 });
      expect(existsSync(from)).toBe(false);
      expect(readFileSync(`${to}/link/file`, 'utf8')).toBe('text\n');
    }
  });

  it('overwrites nothing', async () => {
    const [from, to] = [tree('tree2'), tree('tree3')];
    expect(ended(await run({ task: 'move', from, to }))).toMatchObject({ code: 1, stderr: `${to} is there already\n` });
    expect(existsSync(`${from}/below/file`)).toBe(true);
  });

  it('copies to another file system, then drops the source', async () => {
    const from = tree('tree4');
    const to = `/dev/shm/lb-move-${process.pid}/tree`;
    expect(statSync('/dev/shm').dev).not.toBe(statSync(from).dev);
    asOwner(['mkdir', '-p', `${to}.partial/left-by-a-cut`]);
    try {
      expect(await run({ task: 'move', from, to })).toMatchObject({ is: 'ended', code: 0 });
      expect(existsSync(from)).toBe(false);
      expect(existsSync(`${to}.partial`)).toBe(false);
      expect(readFileSync(`${to}/link/file`, 'utf8')).toBe('text\n');
      expect(existsSync(`${to}/left-by-a-cut`)).toBe(false);
    } finally {
      asOwner(['rm', '-rf', join(to, '..')]);
    }
  });

  it('refuses a mount point', async () => {
    const ran = ended(await run({ task: 'move', from: '/dev/shm', to: join(directory.path, 'shm') }));
    expect(ran).toMatchObject({ code: 1, stderr: '/dev/shm is a mount point, which cannot be moved\n' });
  });
});

describe('sql under guard', () => {
  const none = () => Promise.resolve();
  const all = () => ({ ...guard, role: 'primary', timeline: 1, postmaster: postmasterOf(survey) }) as const;

  it('gives the transaction before the statement is sent', async () => {
    let journaled = '';
    const before = (xid: string) => {
      journaled = xid;
      expect(server.sql("select count(*) from pg_class where relname = 'made'")).toBe('0');
      return Promise.resolve();
    };
    expect(await host.sql({ text: 'create table made (n int)' }, all(), within, before)).toMatchObject({ is: 'rows' });
    expect(server.sql(`select pg_xact_status('${journaled}'::xid8)`)).toBe('committed');
    const inserted = await host.sql(
      { text: 'insert into made values ($1) returning n', values: ['7'] },
      all(),
      within,
      none,
    );
    expect(inserted).toMatchObject({ is: 'rows', rows: [['7']], columns: ['n'] });
  });

  it.each<[string, Partial<HostGuard>, string]>([
    ['host key', { hostKey: 'SHA256:other' }, 'SHA256:other'],
    ['lock', { lock: 'another' }, 'another'],
    ['system identifier', { systemId: '123' }, '123'],
    ['role', { role: 'standby' }, 'standby'],
    ['timeline', { timeline: 2 }, '2'],
    ['postmaster', { postmaster: '1@1' }, '1@1'],
  ])('is held back by the %s', async (what, more, expected) => {
    for (const text of ['create table never (n int)', "alter system set work_mem = '7MB'"]) {
      const answer = await host.sql({ text }, { ...guard, ...more }, within, none);
      expect(answer).toMatchObject({ is: 'refused', what, expected });
    }
    expect(server.sql("select count(*) from pg_class where relname = 'never'")).toBe('0');
    expect(readFileSync(join(server.data, 'postgresql.auto.conf'), 'utf8')).not.toContain('7MB');
  });

  it('alters the system, which cannot share a transaction', async () => {
    const answer = await host.sql({ text: "alter system set work_mem = '9MB'" }, all(), within, none);
    expect(answer).toMatchObject({ is: 'rows' });
    expect(readFileSync(join(server.data, 'postgresql.auto.conf'), 'utf8')).toContain("work_mem = '9MB'");
  });

  it('gives the SQLSTATE of an error, and what was half done is undone', async () => {
    const text = 'insert into made values (8); select 1/0';
    expect(await host.sql({ text }, all(), within, none)).toMatchObject({ is: 'error', sqlstate: '22012' });
    expect(server.sql('select count(*) from made where n = 8')).toBe('0');
  });

  it('is cut when the deadline passes, and when the session is ended', async () => {
    expect(await host.sql({ text: 'select pg_sleep(20)' }, guard, ms(600), none)).toMatchObject({
      is: expect.stringMatching(/cut|error/),
    });
    const ending = host.sql({ text: '/* end me */ select pg_sleep(20)' }, guard, within, none);
    await until(
      () =>
        server.sql(
          "select pg_terminate_backend(pid) from pg_stat_activity where query like '%end me%' and pid <> pg_backend_pid()",
        ) === 't',
    );
    expect(await ending).toMatchObject({ is: 'cut' });
  });
});

describe('the log', () => {
  const say = (text: string) => server.sql(`do $$ begin raise log '${text}'; end $$`);
  const messages = async (from: Parameters<Host['readLog']>[0]) => {
    const read = await host.readLog(from, within);
    if (isSilent(read)) throw new Error(read.silent);
    return {
      said: read.entries.map(({ message }) => message).filter(message => /^line \d/.test(message)),
      next: read.next,
    };
  };

  it('is read from a place on, and followed when it is renamed or truncated', async () => {
    const place = (await surveyed(host)).log!;
    say('line 1');
    const first = await messages(place);
    expect(first.said).toEqual(['line 1']);
    say('line 2');
    // pg_ctl's redirection goes on into the renamed file; a restart opens the new one.
    asOwner(['mv', server.log, `${server.log}.1`]);
    server.stop();
    server.start();
    survey = await surveyed(host);
    say('line 3');
    const second = await messages(first.next);
    expect(second.said).toEqual(['line 2', 'line 3']);
    expect(second.next.inode).toBe(statSync(server.log).ino);
    expect((await messages(place)).said).toEqual(['line 1', 'line 2', 'line 3']);
    truncateSync(server.log);
    say('line 4');
    expect((await messages(second.next)).said).toEqual(['line 4']);
    expect((await messages((await messages(second.next)).next)).said).toEqual([]);
  });

  it("is followed through the collector's files, csv by its ending", async () => {
    server.configure(
      "logging_collector = on\nlog_destination = 'csvlog'\nlog_directory = 'log'\nlog_filename = 'a-%H%M%S'",
    );
    server.stop();
    server.start();
    survey = await surveyed(host);
    const place = survey.log!;
    expect(place.file).toMatch(/\/data\/log\/a-\d+\.csv$/);
    say('line 5');
    const now = place.file;
    await until(() => {
      server.sql('select pg_rotate_logfile()');
      return !readFileSync(join(server.data, 'current_logfiles'), 'utf8').includes(now.split('/').at(-1)!);
    }, 'another log file');
    say('line 6');
    const read = await host.readLog(place, within);
    if (isSilent(read)) throw new Error(read.silent);
    const said = read.entries.filter(({ message }) => /^line/.test(message));
    expect(said.map(({ message }) => message)).toEqual(['line 5', 'line 6']);
    expect(said.every(({ backend }) => backend === 'client backend')).toBe(true);
    expect(new Set(said.map(({ file }) => file)).size).toBe(2);
  });
});

describe('a server that does not answer', () => {
  it('when frozen is told as such, within the deadline', async () => {
    const { pid } = survey.postmaster!;
    process.kill(pid, 'SIGSTOP');
    try {
      const started = performance.now();
      const frozen = await surveyed(host);
      expect(performance.now() - started).toBeLessThan(8000);
      expect(frozen).toMatchObject({ ready: 'no-response', server: { unreachable: false }, postmaster: { pid } });
      expect(frozen.processes.find(({ pid: one }) => one === pid)?.state).toBe('T');
      expect(await site.ping(node1, ms(300))).toBe('no-response');
      const guarded = await run(argv('true'), { role: 'standby' });
      expect(guarded).toMatchObject({
        is: 'refused',
        what: 'role',
        found: expect.stringContaining('counts as a primary'),
      });
      expect(await run(argv('true'), { role: 'primary', postmaster: postmasterOf(survey) })).toMatchObject({
        is: 'ended',
        code: 0,
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }, 30_000);

  it('when stopped is known by its control file', async () => {
    server.stop();
    const down = await surveyed(host);
    expect(down).toMatchObject({
      processes: [],
      postmaster: null,
      ready: 'no-response',
      control: { state: 'shut down' },
    });
    expect(isSilent(down.server) && !down.server.unreachable).toBe(true);
    expect(await site.ping(node1, ms(300))).toBe('no-response');
    expect(await run(argv('true'), { role: 'down', timeline: 1, postmaster: 'none' })).toMatchObject({
      is: 'ended',
      code: 0,
    });
    expect(await run(argv('true'), { role: 'primary' })).toMatchObject({ is: 'refused', what: 'role', found: 'down' });
  });

  it('a job can start, which goes on when the job has ended', async () => {
    const start = argv(`${bin}/pg_ctl`, '-D', server.data, '-l', server.log, '-w', 'start');
    expect(await run(start, { role: 'down' })).toMatchObject({ is: 'ended', code: 0 });
    expect((await surveyed(host)).ready).toBe('accepting');
  });
});

describe('carry', () => {
  const carry = (more: Partial<Parameters<Site['carry']>[0]['to']> = {}, files = ['one', 'two', 'none']) => {
    const progress: number[] = [];
    const ran = site.carry(
      {
        from: { on: node1, directory: join(directory.path, 'from'), guard },
        to: { on: node1, directory: join(directory.path, 'to'), guard, ...more },
        files,
      },
      seconds(20),
      ({ bytes }) => progress.push(bytes),
      new AbortController().signal,
    );
    return { ran, progress };
  };

  it('brings files over, whole', async () => {
    await host.lock(claim());
    const [from, to] = [join(directory.path, 'from'), join(directory.path, 'to')];
    asOwner([
      'sh',
      '-c',
      'mkdir "$1"; head -c 20000000 /dev/urandom >"$1/one"; echo x >"$1/two"; : >"$1/none"',
      'sh',
      from,
    ]);
    const { ran, progress } = carry();
    expect(await ran).toEqual({ is: 'ended', code: 0, stdout: '', stderr: '', tried: 0 });
    const sum = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
    for (const name of ['one', 'two', 'none']) expect(sum(join(to, name))).toBe(sum(join(from, name)));
    expect(progress.at(-1)).toBe(20_000_002);
    expect(existsSync(`${to}.partial`)).toBe(false);
  });

  it('moves no byte where a guard does not hold', async () => {
    const to = join(directory.path, 'to2');
    const refused = await carry({ directory: to, guard: { ...guard, role: 'standby' } }).ran;
    expect(refused).toEqual({ is: 'refused', what: 'role of node1', expected: 'standby', found: 'primary' });
    expect(existsSync(to)).toBe(false);
    const missing = await carry({ directory: to }, ['one', 'not-there']).ran;
    expect(missing).toMatchObject({ is: 'silent', why: expect.stringContaining('not-there') });
    expect(existsSync(to)).toBe(false);
  });

  it('says when there is no place for them', async () => {
    symlinkSync('/proc/self', join(directory.path, 'to3'));
    const failed = await carry({ directory: join(directory.path, 'to3/x') }).ran;
    expect(failed).toMatchObject({ is: 'ended', code: 96, stderr: expect.stringContaining('to3/x cannot be made') });
  });
});
