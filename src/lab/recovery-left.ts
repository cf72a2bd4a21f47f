// What a server's log says of where its recovery ended, and what of its recovery is still in its files.

import { parseLog } from '../postgres/log-line.ts';
import { recognise } from '../postgres/messages.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';
import { logFrom } from './log.ts';

/** The fields of each `recovery-stopping` since an offset of the log: the only line that proves that a target was hit. */
export function recoveryStops(node: LabNode, since: number): Readonly<Record<string, string>>[] {
  return stopsIn(logFrom(node, since));
}

export function stopsIn(text: string): Readonly<Record<string, string>>[] {
  const { entries } = parseLog(text, { format: 'stderr', prefix: '%m [%p] ', offset: 0 });
  return entries.map(recognise).flatMap(found => (found?.name === 'recovery-stopping' ? [found.fields] : []));
}

/**
 * Settings named recovery_target… that the next start would obey: in the files, for the running server goes on showing what it was
 * started with. A base backup carries them along, and a standby with one of them promotes itself at the next commit.
 */
export async function recoverySettingsLeft(lab: Lab, node: LabNode): Promise<string[]> {
  const text = await lab.psql(
    node.name,
    `select l.name || ' = ' || l.setting
     from (select distinct on (name) name, setting from pg_file_settings order by name, seqno desc) l
       join pg_settings s on s.name = l.name
     where l.name like 'recovery\\_target%' and l.setting <> coalesce(s.boot_val, '')`,
  );
  return text.split('\n').filter(line => line !== '');
}
