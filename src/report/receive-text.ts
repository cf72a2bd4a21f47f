// What a WAL receiver tells, a line each.

import { showLsn } from '../postgres/lsn.ts';
import type { ReceiveEvent } from '../repo/receive-events.ts';
import { showDuration } from '../time.ts';

export function receiveText(event: ReceiveEvent): string {
  switch (event.e) {
    case 'slot':
      return event.is === 'created'
        ? `${event.server}: made the replication slot "${event.slot}"; WAL is held back for it from now on`
        : `${event.server}: the replication slot "${event.slot}" is gone; WAL that was not received may be gone with it`;
    case 'streaming':
      return `${event.server}: receiving timeline ${String(event.timeline)} from ${showLsn(event.from)} on`;
    case 'segment':
      return `${event.server}: ${event.name}`;
    case 'timeline':
      return `${event.server}: timeline ${String(event.from)} ends at ${showLsn(event.at)}; timeline ${String(event.to)} goes on`;
    case 'history':
      return `${event.server}: history of timeline ${String(event.timeline)}`;
    case 'gap':
      return `${event.server}: GAP on timeline ${String(event.timeline)} from ${showLsn(event.from)} to ${showLsn(event.to)}: the server has removed that WAL; no restore can cross it, take a base backup now`;
    case 'damaged':
      return `what was kept of ${event.name} was damaged and is received anew; a copy lies in ${event.copy}`;
    case 'trouble':
      return `${event.server}: ${event.what}`;
    case 'lost':
      return `${event.why}; again in ${showDuration(event.again)}`;
    case 'stopped':
      return `stopped: all WAL of timeline ${String(event.timeline)} up to ${showLsn(event.durable)} is durable and acknowledged`;
  }
}

/** Whether an operator must hear of it even among a thousand segments. */
export const isReceiveAlarm = ({ e }: ReceiveEvent): boolean => e === 'gap' || e === 'damaged' || e === 'trouble';
