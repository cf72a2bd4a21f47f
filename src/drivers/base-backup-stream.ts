// Takes a base backup in: archives and manifest as each version sends them, to a sink that never sees the difference.

import { Fault } from '../faults.ts';
import { baseBackupTakesParentheses } from '../postgres/version.ts';
import type { BackupEnd, BackupSink, BaseBackupOptions } from '../repo/replication.ts';
import { BareArchives, TypedArchives } from './backup-archives.ts';
import { positionOf, Unload } from './backup-unload.ts';
import { baseBackupCommand } from './base-backup-command.ts';
import { inflaterOf } from './inflate.ts';
import type { Wire } from './replication-wire.ts';

/** A server that has begun to send and then says nothing for so long is frozen. */
const silence = 10 * 60_000;

/** Throws a Fault, or what the sink threw; after that the session is over. */
export async function streamBaseBackup(wire: Wire, options: BaseBackupOptions, sink: BackupSink): Promise<BackupEnd> {
  const command = baseBackupCommand(options, wire.version);
  const compression = options.serverCompression ?? 'none';
  const unload = new Unload(wire, sink, compression === 'none' ? undefined : inflaterOf(compression));
  const taker = baseBackupTakesParentheses(wire.version) ? new TypedArchives(unload) : new BareArchives(unload);
  const watch = setInterval(() => unload.mustHaveHeard(), silence);
  try {
    const answer = await wire.ask(command, taker).finally(() => unload.done());
    if (answer.is === 'lost') throw wire.gone(answer.why);
    const stop = answer.results[2];
    if (answer.is === 'done' && stop) return { ...positionOf(wire, stop), damaged: null };
    if (answer.is === 'error' && stop && answer.error.code === dataCorrupted) {
      return { ...positionOf(wire, stop), damaged: [answer.error.message, ...taker.warnings].join('; ') };
    }
    if (answer.is === 'error') throw wire.refused(answer.error);
    throw new Fault('failed', 'the server ended the backup without saying where', { on: wire.name });
  } finally {
    clearInterval(watch);
  }
}

/** Page checksums: told after all data and the stop position, once everything has been sent. */
const dataCorrupted = 'XX001';
