// What a verification found, for a person: each damaged object, what it spoils, and what cannot be reached any more.

import { showLsn } from '../postgres/lsn.ts';
import type { Finding, LostSpan, Spoiled } from '../repo/finding.ts';
import type { Verified } from '../repo/verify.ts';
import { bytes, type Instant, showBytes, showDuration } from '../time.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

/** Without a line feed at its end. */
export function verifyText(found: Verified, { width, colour }: Style): string {
  const paint = painter(colour);
  const { cluster, findings, orphans, backups, read, took, share } = found;
  const rate = took > 0 ? `, ${showBytes(bytes(Math.round((read.bytes / took) * 1000)))}/s` : '';
  const part = share === null ? '' : ` (share ${share.number + 1} of ${share.of})`;
  const count = `${read.objects} objects, ${read.blocks} blocks, ${showBytes(read.bytes)}${part} in ${showDuration(took)}${rate}`;
  const bad = backups.filter(({ ok }) => !ok);
  const end =
    findings.length === 0
      ? paint.good(`All is well: ${plural(backups.length, 'backup')} proven.`)
      : paint.bad(
          `${plural(findings.length, 'object')} damaged; ${bad.length} of ${plural(backups.length, 'backup')} spoiled.`,
        );
  return [
    ...hang('', `verified cluster ${cluster}: ${count}`, width, paint.strong),
    ...findings.flatMap(finding => [
      ...hang('', `${finding.object}: ${harmless(finding.what)}`, width, paint.bad),
      ...findingLines(finding).flatMap(line => hang('    ', line, width)),
    ]),
    ...(orphans.length === 0 ? [] : hang('', orphanWords(orphans), width, paint.dim)),
    end,
  ].join('\n');
}

function findingLines({ backups, lost, harmless: why }: Finding): string[] {
  return [
    ...backups.map(backup => `spoils backup ${spoiledWords(backup)}`),
    ...lost.map(span => `cannot be reached any more: ${lostWords(span)}`),
    ...(why === null ? [] : [`nothing is lost: ${why}`]),
  ];
}

function spoiledWords({ id, blocks, files, moreFiles }: Spoiled): string {
  if (blocks === null) return `${id}: it cannot be restored`;
  const more = moreFiles === 0 ? '' : ` and ${moreFiles} more`;
  return `${id}: ${plural(blocks, 'block')} of ${files.map(harmless).join(', ')}${more}`;
}

/** `timeline 1 from 0/2000100 (after 03:12:44) to 0/3000100 (03:13:44)`. */
function lostWords({ timeline, from, to, after, until }: LostSpan): string {
  const time = (word: string, at: Instant | null): string => (at === null ? '' : ` (${word}${showTime(at)})`);
  return `timeline ${timeline} from ${showLsn(from)}${time('after ', after)} to ${showLsn(to)}${time('', until)}`;
}

function orphanWords(orphans: Verified['orphans']): string {
  const size = bytes(orphans.reduce((sum, one) => sum + one.size, 0));
  const [first] = orphans;
  const more = orphans.length === 1 ? '' : ` and ${orphans.length - 1} more`;
  return `no backup needs ${first?.name ?? ''}${more} (${showBytes(size)}); lifeboat expire removes what is left over`;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** LSNs as text, sizes in bytes, durations in milliseconds. */
export const verifyJson = (found: Verified): Json => plainData(found);
