// Every major of PostgreSQL that there is on this machine, for what must be seen on each of them.

import { postgresBin } from '../../src/lab/installation.ts';
import { createLab, type Lab, type LabOptions } from '../../src/lab/lab.ts';

/** `13=/path/bin,17=/path/bin`: beside the system's own, where its programs lie; that of the system is not run twice. */
export const majors = [
  ['of the system', undefined] as const,
  ...(process.env['LIFEBOAT_MAJORS'] ?? '')
    .split(',')
    .filter(one => one !== '')
    .map(one => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const)
    .filter(([, bin]) => bin !== postgresBin()),
];

/** A lab of the programs in `bin`; of the system's own where absent. */
export async function labOf(bin: string | undefined, options: LabOptions): Promise<Lab> {
  const before = process.env['LIFEBOAT_PG_BIN'];
  if (bin !== undefined) process.env['LIFEBOAT_PG_BIN'] = bin;
  try {
    return await createLab(options);
  } finally {
    if (before === undefined) delete process.env['LIFEBOAT_PG_BIN'];
    else process.env['LIFEBOAT_PG_BIN'] = before;
  }
}
