// What it takes to carry out a job on a node.

import type { JobId } from '../ports.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import type { Redactor } from '../secret.ts';
import type { Shell } from './shell.ts';

export interface JobHands {
  readonly node: NodeSite;
  readonly shell: Shell;
  readonly redactor: Redactor;
  /** Where the whole output of a job goes on this machine; nowhere where absent. */
  readonly outputFile?: ((id: JobId, stream: 'out' | 'err') => string) | undefined;
}
