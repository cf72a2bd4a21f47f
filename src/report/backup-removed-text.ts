// What became of a backup that was deleted, and what stays of it because others need it.

import type { Removed } from '../repo/remove-backup.ts';
import { type Bytes, showBytes } from '../time.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

/** `freed`: null where it was only asked what would be. */
export function removedText(
  { backup, staying, freed }: Omit<Removed, 'freed'> & { readonly freed: Bytes | null },
  { width, colour }: Style,
): string {
  const paint = painter(colour);
  const done =
    freed === null
      ? `backup ${backup.id} would be deleted; nothing was changed`
      : `backup ${backup.id} is deleted; ${showBytes(freed)} freed`;
  const packs = staying.packs === 1 ? '1 pack stays' : `${String(staying.packs)} packs stay`;
  const users = staying.for.length === 1 ? 'backup' : 'backups';
  return [
    ...hang('', done, width, paint.strong),
    ...(staying.packs === 0
      ? []
      : hang(
          '',
          `${packs} (${showBytes(staying.bytes)}): blocks of ${users} ${staying.for.join(', ')} lie in them`,
          width,
        )),
  ].join('\n');
}
