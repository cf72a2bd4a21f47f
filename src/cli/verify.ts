// lifeboat verify: reads what is kept and proves it, or makes a server of a backup and checks that.

import { exits, Fault } from '../faults.ts';
import { verifyJson, verifyText } from '../report/verify-text.ts';
import { readCatalog } from '../repo/catalog.ts';
import type { BackupId } from '../repo/layout.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { verify, type VerifyNews } from '../repo/verify.ts';
import { bytes } from '../time.ts';
import { onInterrupt } from './interrupt.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import { RestoreTalk } from './restore-talk.ts';
import type { Terminal } from './terminal.ts';
import { verifyRestore } from './verify-restore.ts';
import { walOwner } from './wal-repository.ts';

export interface VerifyCommandOptions extends InventoryOptions {
  readonly sample?: string;
  readonly restore?: boolean;
  readonly scratch?: string;
  readonly bin?: string;
  readonly json?: boolean;
}

export async function verifyCommand(
  terminal: Terminal,
  words: readonly string[],
  options: VerifyCommandOptions,
): Promise<number> {
  const sample = sampleOf(options.sample);
  if (options.restore === true && sample !== undefined)
    throw new Fault('usage', '--restore and --sample exclude one another', { hint: 'one after the other' });
  const opened = await openForCluster(terminal, options);
  const ids = await idsOf(opened.repo, words);
  if (options.restore === true) return verifyRestore(terminal, opened, ids, options);
  return verifyRead(
    terminal,
    opened.repo,
    { ...(words.length > 0 && { only: ids }), ...(sample !== undefined && { sample }) },
    options,
  );
}

async function verifyRead(
  terminal: Terminal,
  repo: ClusterRepository,
  which: { readonly only?: readonly BackupId[]; readonly sample?: number },
  { json }: VerifyCommandOptions,
): Promise<number> {
  let talk = new RestoreTalk(terminal, () => repo.clock.now(), bytes(0));
  const interrupt = onInterrupt(text => talk.line(text), 'stopping; what was read is not remembered');
  const hear = (news: VerifyNews): void => {
    if (news.is === 'began') talk = new RestoreTalk(terminal, () => repo.clock.now(), news.bytes);
    else if (news.is === 'read') talk.hear({ written: news.bytes, same: bytes(0) });
    else talk.line(`${news.wound.object}: ${news.wound.what}`);
  };
  try {
    const found = await verify(repo, { ...which, owner: walOwner() }, hear, interrupt.stop);
    talk.end();
    if (json === true) terminal.out(`${JSON.stringify(verifyJson(found))}\n`);
    else terminal.out(`${verifyText(found, { width: terminal.width, colour: terminal.colour })}\n`);
    return found.findings.length === 0 ? exits.ok : exits.refused;
  } finally {
    talk.end();
    interrupt.close();
  }
}

/** Also of backups whose summary is damaged: it is they who are in question. */
async function idsOf(repo: ClusterRepository, words: readonly string[]): Promise<BackupId[]> {
  if (words.length === 0) return [];
  const { backups, damaged } = await readCatalog(repo);
  const all = [...backups.map(({ id }) => id), ...damaged.map(({ id }) => id)].sort();
  return words.map(word => {
    const meant = word === 'last' ? all.slice(-1) : all.filter(id => id.startsWith(word) || id.endsWith(word));
    const found = all.includes(word) ? word : meant.length === 1 ? meant[0] : undefined;
    if (found !== undefined) return found;
    const none = `no backup "${word}" of cluster ${repo.cluster} in ${repo.where}`;
    throw new Fault('usage', meant.length === 0 ? none : `"${word}" may be any of ${meant.join(', ')}`, {
      hint: 'what there is: lifeboat backups',
    });
  });
}

/** `5%` as 0.05. */
function sampleOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  const part = Number(number) / 100;
  if (part > 0 && part <= 1) return part;
  throw new Fault('usage', `--sample takes a share, not "${text}"`, { hint: 'for example: --sample 5%' });
}
