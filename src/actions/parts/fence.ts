// The ops that put a fence into a data directory and take it away again.

import type { Op } from '../../ops.ts';
import { fenceLine, fenceName } from '../../postgres/fence.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';
import { seconds } from '../../time.ts';
import { fenceScript, script, settingsScript } from './scripts.ts';

/** How a plan shows it. */
export const fenceWords = (site: NodeSite, reason: string): string =>
  `add to ${site.postgres.data}/postgresql.auto.conf: ${fenceLine(reason)}`;

export function fenceOp(site: NodeSite, reason: string): Op {
  const { data } = site.postgres;
  return {
    ...base(site),
    do: {
      op: 'exec',
      as: fenceWords(site, reason),
      tries: [{ argv: script(fenceScript, 'fence', data, fenceName, fenceLine(reason)), within: seconds(20) }],
    },
    done: [{ check: 'fenced', on: site.name, with: {} }],
    undo: [liftFenceOp(site)],
  };
}

export function liftFenceOp(site: NodeSite): Op {
  const { data } = site.postgres;
  return {
    ...base(site),
    do: {
      op: 'exec',
      as: `take ${fenceName} out of ${data}/postgresql.auto.conf`,
      tries: [{ argv: script(settingsScript, 'lift-fence', data, fenceName, ''), within: seconds(20) }],
    },
    done: [{ check: 'not-fenced', on: site.name, with: {} }],
    undo: 'free',
  };
}

const base = (site: NodeSite) => ({
  on: site.name,
  within: seconds(25),
  guard: ['postmaster' as const],
  alters: ['fence' as const],
  files: 'own' as const,
});
