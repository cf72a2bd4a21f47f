// no-backup-running: nobody is taking a base backup that a stop would break off.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { judgeKnown } from '../look/judge.ts';
import { valueOf } from '../look/facts.ts';
import { bytes, showBytes } from '../time.ts';

// pg_basebackup and whatever else speaks BASE_BACKUP shows in its own view (13 and later). A tool that copies files between
// pg_backup_start and pg_backup_stop shows in none: only its session tells, by name or by the call it has just made.
const running = `select 'pid ' || pid || ', pg_basebackup', phase, backup_streamed from pg_stat_progress_basebackup
 union all select 'pid ' || pid || ', ' || coalesce(nullif(application_name, ''), usename), 'between start and stop', null from pg_stat_activity
 where pid <> pg_backend_pid() and backend_type = 'client backend'
 and (application_name ~* '^pgbackrest \\[backup' or query ~* 'pg_(backup_start|start_backup) *\\(')`;
/** Gone from 15 on, together with the exclusive backup. */
const exclusive = ` union all select 'an exclusive backup', 'since ' || pg_backup_start_time(), null where pg_is_in_backup()`;

export const noBackupRunning = checkKind({
  name: 'no-backup-running',
  summary: 'No base backup of the server is being taken',
  params: Type.Object({}),
  example: '{ check: no-backup-running, on: primary }',
  words: on => `no base backup of ${on} is running`,
  async test(on, _params, look): Promise<Verdict> {
    const version = await look.fact(on, 'version');
    if (version.is === 'later' || version.is === 'silent') return version;
    // On a standby those functions cannot be called; nor can it be in an exclusive backup.
    const old = version.value < 150_000 && valueOf(await look.fact(on, 'role')) === 'primary';
    return judgeKnown(await look.rows(on, `${running}${old ? exclusive : ''}`), rows => {
      if (rows.length === 0) return { is: 'holds', found: 'none' };
      return {
        is: 'fails',
        expected: 'none',
        found: rows.map(described).join('; '),
        hint: 'let it end first; an exclusive one ends with: select pg_stop_backup()',
      };
    });
  },
  forecast: () => ({}),
});

function described([who = '', phase = '', sent = '']: readonly string[]): string {
  return `${who}, ${phase}${sent === '' ? '' : `, ${showBytes(bytes(Number(sent)))} sent`}`;
}
