// The sandbox's first server: the newest backup of the cluster and all WAL that is kept, restored on this machine.

import { localTarget } from '../drivers/restore-local.ts';
import type { Seed } from '../lab/seed.ts';
import { lsnDiff } from '../postgres/lsn.ts';
import type { Outsiders } from '../postgres/outward.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { planRestore } from '../repo/restore-plan.ts';
import { refuse, restore } from '../repo/restore.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { type Bytes, bytes, type Duration, type Instant, ms } from '../time.ts';
import type { SandboxPlan } from './rehearse-plan.ts';
import { RestoreTalk } from './restore-talk.ts';
import type { Terminal } from './terminal.ts';

/** How long it took to make a server of the backup. */
export interface Grown {
  readonly at: Instant;
  readonly restored: { readonly bytes: Bytes; readonly took: Duration };
  /** Until it took writes. */
  readonly replayed: { readonly bytes: Bytes; readonly took: Duration };
  readonly outsiders: Outsiders;
}

interface Soil {
  readonly terminal: Terminal;
  readonly repo: ClusterRepository;
  readonly cluster: Cluster;
  readonly stop: AbortSignal;
  readonly grown: (how: Grown) => void;
}

export function backupSeed(sandbox: SandboxPlan, { terminal, repo, cluster, stop, grown }: Soil): Seed {
  const { chosen, contents, bin } = sandbox;
  const { backup } = chosen;
  const linked = backup.tablespaces.filter(({ location }) => location.startsWith('/'));
  const [source] = cluster.nodes;
  let restored: Grown['restored'] = { bytes: bytes(0), took: ms(0) };
  let planted = 0;
  return {
    bin,
    stop,
    tablespaces: linked.map(({ oid, name }) => ({ oid, name })),
    login: { user: source?.postgres.user ?? 'postgres', database: source?.postgres.database ?? 'postgres' },
    async plant(node, spaces) {
      const into = (oid: string): string => spaces.find(one => one.oid === oid)?.path ?? '';
      const tablespaces = linked.map(({ oid, location }) => ({ oid, from: location, to: into(oid) }));
      const places = {
        data: node.data,
        wal: node.wal,
        tablespaces: tablespaces.map(({ oid, to }) => ({ oid, location: to })),
        bin,
      };
      const wal = { segments: chosen.segments, histories: chosen.histories };
      const becomes = { is: 'recovered', ...chosen.recovery, action: 'promote' } as const;
      const target = localTarget(places, repo.works);
      const talk = new RestoreTalk(terminal, () => repo.clock.now(), bytes(sandbox.size + sandbox.walSize));
      const began = repo.clock.ticks();
      try {
        const seen = await target.look();
        const plan = planRestore({ backup, places, tablespaces, wal, becomes, where: node.data }, contents, seen);
        refuse(plan);
        const done = await restore({ repo, target, tell: talk.hear, stop }, plan, seen);
        planted = repo.clock.ticks();
        restored = { bytes: done.all, took: ms(planted - began) };
        return `${(plan.settings?.lines ?? []).join('\n')}\n`;
      } finally {
        talk.end();
        await target.close();
      }
    },
    grown(outsiders) {
      const wal = bytes(lsnDiff(chosen.end.lsn, backup.start));
      const replayed = { bytes: wal, took: ms(repo.clock.ticks() - planted) };
      grown({ at: repo.clock.now(), restored, replayed, outsiders });
    },
  };
}
