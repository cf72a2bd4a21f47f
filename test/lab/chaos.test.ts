// kill -9 of backup, restore and expire at random instants: what is listed is true, what is kept is whole, and the next run is clean.

import { type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/lab/fingerprint.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { listBackups } from '../../src/repo/catalog.ts';
import { leases } from '../../src/repo/lease.ts';
import { findOrphans } from '../../src/repo/orphans.ts';
import type { ClusterRepository } from '../../src/repo/repository.ts';
import { verify } from '../../src/repo/verify.ts';
import { gapsOf, walKept } from '../../src/repo/wal-catalog.ts';
import { wayBack } from '../../src/repo/way-back.ts';
import { labRepository } from '../support/lab-repository.ts';
import { Machine, type Said } from '../support/lifeboat.ts';
import { Restored } from '../support/restored.ts';
import { seeded, seedOfThisRun } from '../support/seeded.ts';
import { until } from '../support/until.ts';

const rounds = Number(process.env['LIFEBOAT_ROUNDS'] ?? 3);
const random = seeded(seedOfThisRun);
const patience = 60_000 + rounds * 30_000;

let lab: Lab;
let machine: Machine;
let repo: ClusterRepository;

beforeAll(async () => {
  lab = await createLab({ nodes: 1 });
  machine = new Machine(lab.inventoryFile);
  await sql('create table plain as select n, repeat(md5(n::text), 20) as t from generate_series(1, 10000) n');
  // What a receiver needs that is started at the very end.
  await sql("select pg_create_physical_replication_slot('lifeboat', true)");
  await mustRun('backup');
  repo = await labRepository(lab);
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
});

const sql = (text: string): Promise<string> => lab.psql('node1', text);

/** So that each backup has something of its own. */
const change = (): Promise<string> =>
  sql(`update plain set t = md5(random()::text) where n % 50 = ${String(Math.floor(random() * 50))}`);

async function mustRun(...words: string[]): Promise<number> {
  const began = performance.now();
  const said = await machine.run(...words);
  expect(said.code, said.stderr).toBe(0);
  return performance.now() - began;
}

/** Ends it at any instant from when it is at work until it would be over. */
async function killed(
  words: readonly string[],
  within: number,
  isAtWork: (child: ChildProcess) => Promise<boolean>,
): Promise<Said> {
  const { child, ended } = machine.start(words);
  const over = (): boolean => child.exitCode !== null;
  await until(() => over() || isAtWork(child), 'it is at work');
  const at = performance.now() + random() * within;
  await until(() => over() || performance.now() >= at, 'the instant has come');
  child.kill('SIGKILL');
  return ended;
}

/** Whoever writes or reads holds a lease, from before the first change to after the last; what the dead have left is none. */
const holds =
  (kind: string) =>
  async ({ pid }: ChildProcess): Promise<boolean> =>
    (await leases(repo)).some(lease => lease.kind === kind && lease.pid === pid);

/** Every backup that is listed can be restored, block by block and segment by segment. */
async function isTrue(about: string): Promise<string[]> {
  const listed = await listBackups(repo);
  const { findings, backups } = await verify(
    repo,
    { owner: 'test@here' },
    () => undefined,
    new AbortController().signal,
  );
  // Without a receiver there is no WAL between two backups.
  expect(
    findings.filter(one => one.backups.length > 0),
    about,
  ).toEqual([]);
  expect(
    backups.map(({ id }) => id),
    about,
  ).toEqual(listed.map(({ id }) => id));
  for (const { id, status } of listed) {
    expect(status, about).toBe('ok');
    const found = await wayBack(repo, { target: { is: 'immediate' }, backup: id });
    expect(found.is, about).toBe('chosen');
  }
  return listed.map(({ id }) => id);
}

const round = (at: number, said: Said): string =>
  `round ${String(at)} of seed ${String(seedOfThisRun)}: ${String(said.signal ?? said.code)} ${said.stderr}`;

describe(`${String(rounds)} times each, seed ${String(seedOfThisRun)}`, () => {
  it(
    'a backup',
    async () => {
      await change();
      const took = await mustRun('backup');
      let before = await isTrue('before');
      for (let at = 0; at < rounds; at += 1) {
        await change();
        const said = await killed(['backup'], took, holds('backup'));
        const after = await isTrue(round(at, said));
        // One that had put its summary already is there as a whole.
        expect(after.slice(0, before.length), round(at, said)).toEqual(before);
        expect(after.length - before.length, round(at, said)).toBeLessThanOrEqual(1);
        await mustRun('backup');
        before = await isTrue('the next one');
        expect(before).toHaveLength(after.length + 1);
        expect(await findOrphans(repo)).toEqual([]);
        if (before.length < 9) continue;
        await mustRun('expire', '--redundancy', '2');
        before = await isTrue('fewer, or each round would take longer than the one before');
      }
    },
    patience,
  );

  it(
    'expire',
    async () => {
      let width = 150;
      for (let at = 0; at < rounds; at += 1) {
        while ((await listBackups(repo)).length < 3) {
          await change();
          await mustRun('backup');
        }
        const before = (await listBackups(repo)).map(({ id }) => id);
        const said = await killed(['expire', '--redundancy', '1'], width, holds('expire'));
        // It is at work for a tenth of a second, or for some on a busy machine: where it came to its end, sooner the next time.
        width *= said.signal === null ? 0.5 : 1.3;
        const after = await isTrue(round(at, said));
        // The oldest go first, and those that stay are the newest.
        expect(before.slice(-after.length), round(at, said)).toEqual(after);
        expect(after.length).toBeGreaterThanOrEqual(1);
        await mustRun('expire', '--redundancy', '1');
        expect(await isTrue('the next one')).toEqual(before.slice(-1));
        expect(await findOrphans(repo)).toEqual([]);
        expect((await wayBack(repo, { target: { is: 'latest' } })).is).toBe('chosen');
      }
    },
    patience,
  );

  describe('restore', () => {
    let place: Restored;
    beforeEach(() => (place = new Restored(lab)));
    afterEach(() => place.remove());

    it(
      'which cannot be started, and goes on',
      async () => {
        const rows = await fingerprint(sql);
        await mustRun('backup');
        const took = await mustRun(...place.argv());
        for (let at = 0; at < rounds; at += 1) {
          await place.remove();
          place = new Restored(lab);
          const said = await killed(place.argv(), took, holds('restore'));
          const whole = existsSync(join(place.data, 'global/pg_control'));
          if (!whole && existsSync(place.data)) {
            const begun = await place.start();
            expect(begun.code, round(at, said)).not.toBe(0);
          }
          if (said.code !== 0) await mustRun(...place.argv());
          const proof = await place.verified();
          expect(proof.code, `${round(at, said)}\n${proof.stderr}`).toBe(0);
          expect((await place.start()).code, place.log).toBe(0);
          await place.recovered();
          expect(await fingerprint(text => place.ask(text)), round(at, said)).toBe(rows);
        }
        await isTrue('nothing of the repository was touched');
      },
      patience,
    );
  });
});

it('backups that each brought their own WAL leave holes between them, and a receiver whose slot has held it fills them', async () => {
  for (let at = 0; at < 2; at += 1) {
    await mustRun('backup');
    await change();
    await sql('select pg_switch_wal()');
    await change();
    await sql('select pg_switch_wal()');
  }
  expect(gapsOf(await walKept(repo)).length).toBeGreaterThan(0);
  await mustRun('wal', 'receive', '--once');
  expect(gapsOf(await walKept(repo))).toEqual([]);
  await isTrue('afterwards');
});
