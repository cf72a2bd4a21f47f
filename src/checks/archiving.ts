// archiving: archive_command works and keeps up; a clean stop waits for what is still to be archived.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { walDirectory } from '../look/installation.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';

const query = `select current_setting('archive_mode'), current_setting('archive_command'), coalesce(current_setting('archive_library', true), ''),
 last_failed_wal, to_char(last_failed_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
 last_failed_time > coalesce(last_archived_time, '-infinity') from pg_stat_archiver`;

export const archiving = checkKind({
  name: 'archiving',
  summary: 'WAL is archived: the last attempt did not fail, and few segments wait; holds where archiving is off',
  params: Type.Object({
    backlog: Type.Optional(
      Type.Integer({ minimum: 0, description: 'How many segments may wait to be archived; 10 where absent' }),
    ),
  }),
  example: '{ check: archiving, on: primary, backlog: 10 }',
  words: (on, { backlog = 10 }) => `${on} archives its WAL, at most ${String(backlog)} segments behind`,
  async test(on, { backlog = 10 }, look): Promise<Verdict> {
    const rows = await look.rows(on, query);
    if (rows.is === 'later' || rows.is === 'silent') return rows;
    const [mode = '', command = '', library = '', wal = '', at = '', fails = ''] = rows.value[0] ?? [];
    if (mode === 'off') return { is: 'holds', found: 'archiving is off' };
    const site = look.node(on);
    const files = await look.files(on, `${walDirectory(site)}/archive_status`);
    if (files.is === 'later' || files.is === 'silent') return files;
    const waiting = files.value.filter(name => name.endsWith('.ready')).length;
    const expected = `WAL archived but for at most ${String(backlog)} segments`;
    const behind = `${String(waiting)} ${waiting === 1 ? 'segment waits' : 'segments wait'}`;
    if (fails === 't') {
      const what = library === '' ? `archive_command '${command}'` : `archive_library '${library}'`;
      return {
        is: 'fails',
        expected,
        found: `${what} failed for ${wal} at ${at}, and has archived nothing since; ${behind}`,
        hint: library === '' ? byHand(site, command, wal) : 'why it fails stands in the server log',
      };
    }
    if (waiting <= backlog) return { is: 'holds', found: behind };
    const idle = command === '' && library === '';
    return {
      is: 'fails',
      expected,
      found: idle ? `${behind}, and neither archive_command nor archive_library is set` : behind,
      hint: idle
        ? 'set archive_command, or WAL piles up until the disk is full'
        : `see whether they get fewer: ssh ${site.ssh.host} 'ls ${walDirectory(site)}/archive_status | grep -c ready'`,
    };
  },
  forecast: () => ({}),
});

/** With its `%p` and `%f` filled in (manual 20.5.3): its complaint is shorter than the server log. */
function byHand({ postgres, ssh }: NodeSite, command: string, wal: string): string {
  const filled = command.replaceAll(/%[pf%]/g, hole => (hole === '%p' ? `pg_wal/${wal}` : hole === '%f' ? wal : '%'));
  return `try it by hand on ${ssh.host}: cd ${postgres.data} && ${filled}`;
}
