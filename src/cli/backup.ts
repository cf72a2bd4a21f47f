// lifeboat backup: takes one into the repository, with all the WAL that it needs.

import { hostname, userInfo } from 'node:os';
import { exits, Fault } from '../faults.ts';
import { walTroubleText } from '../report/backup-news-text.ts';
import { backupDone } from '../report/backup-text.ts';
import { plainData } from '../report/plain-data.ts';
import { takeBackup } from '../repo/base-backup.ts';
import { backupWal } from '../repo/backup-wal.ts';
import { type Bytes, parseBytes, seconds } from '../time.ts';
import { BackupTalk } from './backup-progress.ts';
import { backupSource } from './backup-source.ts';
import { onInterrupt } from './interrupt.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import { replicationSessions } from './replication-sessions.ts';
import type { Terminal } from './terminal.ts';

export interface BackupCommandOptions extends InventoryOptions {
  readonly from?: string;
  readonly checkpoint: 'fast' | 'spread';
  readonly rate?: string;
  readonly label?: string;
  readonly wait: boolean;
  readonly compress: 'none' | 'gzip';
  readonly json?: boolean;
}

/** How long no WAL may come while some is missing. */
const patience = seconds(120);

export async function backup(terminal: Terminal, options: BackupCommandOptions): Promise<number> {
  const rate = rateOf(options.rate);
  const label = labelOf(options.label);
  const { cluster, repo } = await openForCluster(terminal, options, { create: true });
  const talk = new BackupTalk(terminal, () => repo.clock.ticks());
  const { node, role, instead, tablespaces } = await backupSource(cluster, options.from);
  talk.line(
    `backup of cluster ${cluster.name} from ${node} (${role}${instead === null ? '' : `: ${instead}`}) into ${repo.where}`,
  );
  const sessions = replicationSessions(cluster, node);
  const interrupt = onInterrupt(
    text => talk.line(text),
    'clearing away what was written; once more to leave at once (the next backup clears it then)',
  );
  const owner = `${userInfo().username}@${hostname()}`;
  const walSession = async () => ({ replication: await sessions.open('lifeboat_backup_wal'), name: node });
  try {
    const wal = backupWal(repo, walSession, { owner, patience }, event => {
      const text = walTroubleText(event);
      if (text !== null) talk.line(text);
    });
    const replication = await sessions.open('lifeboat_backup');
    try {
      const { checkpoint, wait, compress: serverCompression } = options;
      const source = { from: node, role, tablespaces };
      const how = { checkpoint, rate, label, wait, serverCompression, ...source, owner, stop: interrupt.stop };
      const taken = await takeBackup(repo, replication, wal, how, talk.hear);
      if (options.json === true) terminal.out(`${JSON.stringify(plainData(taken))}\n`);
      else terminal.out(`${backupDone(taken, { width: terminal.width, colour: terminal.colour })}\n`);
      return taken.status === 'ok' ? exits.ok : exits.failed;
    } finally {
      await replication.close();
    }
  } finally {
    interrupt.close();
    await sessions.close();
  }
}

/** MAX_RATE takes 32 kB/s to 1 GB/s (manual 55.4). */
function rateOf(text: string | undefined): Bytes | undefined {
  if (text === undefined) return undefined;
  const rate = parseBytes(text.replace(/\/s$/, ''));
  if (rate !== undefined && rate >= 32 * 1024 && rate <= 1024 ** 3) return rate;
  throw new Fault('usage', `--rate takes 32kB to 1GB per second, not "${text}"`, { hint: 'for example: --rate 50MB' });
}

/** The server copies it into backup_label, which is read line by line. */
function labelOf(text: string | undefined): string | undefined {
  if (text === undefined || (text !== '' && text.length <= 1000 && !/[\u0000-\u001f]/.test(text))) return text;
  throw new Fault('usage', '--label takes one line of at most 1000 characters', {
    hint: 'for example: --label "before the upgrade"',
  });
}
