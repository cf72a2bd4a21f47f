// One node as a process of Lifeboat reaches it: eyes and hands over a connection that can be silent or break.

import {
  type Answered,
  type Host,
  type HostGuard,
  isSilent,
  type Job,
  type LockClaim,
  type NodeName,
  type Ran,
  type Silent,
  type Statement,
} from '../../ports.ts';
import { walDirectory } from '../../look/installation.ts';
import { bytes, type Duration, ms } from '../../time.ts';
import { refusal } from './guard.ts';
import { receiptKey, startJob } from './jobs.ts';
import type { MemoryNode } from './node.ts';
import type { MemoryProcess } from './process.ts';
import { reading } from './programs.ts';
import { execute, failed, isTransaction, query } from './statements.ts';
import { pathState, survey } from './survey.ts';
import { waitsInVain } from './synchronous.ts';
import { segmentSize, walFiles } from './wal.ts';
import type { World } from './world.ts';

const patience = 3000;
const cut: Extract<Ran, { is: 'cut' }> = { is: 'cut', why: 'the connection broke' };

/** `name` is what the inventory calls it; which machine answers there is the world's business. */
export function memoryHost(world: World, process: MemoryProcess, name: NodeName): Host {
  /** The machine at the other end, or the silence where there is none: it costs a deadline. */
  const reach = async (within: Duration = ms(patience)): Promise<MemoryNode | Silent> => {
    process.check();
    const node = world.at(name);
    if (node.reachable && world.hears('here', name)) return node;
    await world.time.sleep(Math.min(within, patience), process);
    return { silent: 'no route to host', unreachable: true };
  };
  const silent = ({ silent: why }: Silent): Extract<Ran, { is: 'silent' }> => ({ is: 'silent', why });

  return {
    async survey(within) {
      const node = await reach(within);
      return isSilent(node) ? node : survey(node, world.around(node));
    },
    async rows(statement, within) {
      const node = await reach(within);
      return isSilent(node) ? silent(node) : query(node, statement.text, world.answers);
    },
    async path(path, within) {
      const node = await reach(within);
      return isSilent(node) ? node : pathState(node, path);
    },
    async list(directory, within) {
      const node = await reach(within);
      if (isSilent(node)) return node;
      const inside = [...node.files.keys()].filter(path => path.startsWith(`${directory}/`));
      const names = inside.map(path => path.slice(directory.length + 1)).filter(path => !path.includes('/'));
      const wal = directory === walDirectory(node.site) ? walFiles(node) : [];
      return [...names, ...wal].sort().map(file => ({ name: file, size: bytes(segmentSize) }));
    },
    async readLog(from, within) {
      const node = await reach(within);
      return isSilent(node) ? node : node.log.read(from);
    },
    async read(argv, within) {
      const node = await reach(within);
      return isSilent(node) ? silent(node) : { is: 'ended', tried: 0, ...reading(node, argv, world.programs) };
    },
    async ping(target, within) {
      const node = await reach(within);
      return isSilent(node) ? node : world.readinessOf(node.name, target.host);
    },
    run: (job: Job) => run(job),
    async receipt(id) {
      const node = await reach();
      if (isSilent(node)) return node;
      const receipt = node.receipts.get(receiptKey(id));
      return receipt ? (receipt.ended ?? { is: 'running', pid: receipt.pid }) : { is: 'none' };
    },
    sql,
    lock,
    async heartbeat(token) {
      const node = await reach();
      if (isSilent(node)) return node;
      if (node.lock?.token !== token) return false;
      node.lock.beat = world.time.ticks();
      return true;
    },
    async unlock(token) {
      const node = await reach();
      if (!isSilent(node) && node.lock?.token === token) node.lock = null;
    },
  };

  async function run(job: Job): Promise<Ran> {
    const node = await reach();
    if (isSilent(node)) return silent(node);
    const command = process.next();
    if (process.cut(command, 'before')) return cut;
    const former = node.receipts.get(receiptKey(job.id));
    if (former?.ended) return former.ended;
    const refused = refusal(node, job.guard);
    if (refused) return refused;
    const { effected, ended } = startJob(node, job, world);
    if (process.cut(command, 'started')) return cut;
    await effected;
    if (process.cut(command, 'effect')) return cut;
    const end = await ended;
    return process.cut(command, 'end') ? cut : end;
  }

  async function sql(
    { text }: Statement,
    guard: HostGuard,
    within: Duration,
    token: (xid: string) => Promise<void>,
  ): Promise<Answered> {
    const node = await reach(within);
    if (isSilent(node)) return silent(node);
    const command = process.next();
    if (process.cut(command, 'before')) return cut;
    const refused = refusal(node, guard);
    if (refused) return refused;
    const xid = isTransaction(text) ? world.nextXid() : undefined;
    if (xid !== undefined) {
      // A session that ends before its commit is rolled back by the server.
      node.transactions.set(xid, 'aborted');
      await token(xid);
      node.transactions.set(xid, 'in progress');
    }
    if (isTransaction(text) && waitsInVain(node, world.around(node).senders)) {
      await world.time.sleep(within, process);
      return { is: 'cut', why: 'no answer within its deadline' };
    }
    let answered = failed('57P01', 'terminating connection');
    const end = world.time.sleep(20).then(() => {
      answered = world.effect(() => execute(node, text, world.time.now(), world.answers));
      if (xid !== undefined) node.transactions.set(xid, answered.is === 'rows' ? 'committed' : 'aborted');
      if (answered.is === 'rows') world.executed({ on: node.name, run: null, op: null, what: text });
    });
    if (process.cut(command, 'started')) return cut;
    await end;
    return process.cut(command, 'effect') || process.cut(command, 'end') ? cut : answered;
  }

  async function lock(claim: LockClaim) {
    const node = await reach();
    if (isSilent(node)) return node;
    const { replaces, ...mine } = claim;
    const held = node.lock;
    if (held && held.token !== claim.token && held.token !== replaces) {
      const { beat, ...by } = held;
      return { is: 'taken' as const, by: { ...by, age: ms(world.time.ticks() - beat) } };
    }
    node.lock = { ...mine, beat: world.time.ticks() };
    return { is: 'held' as const };
  }
}
