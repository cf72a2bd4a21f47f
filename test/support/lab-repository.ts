// The repository of a lab, opened by the test itself beside the commands.

import { systemClock } from '../../src/drivers/clock.ts';
import { directoryStore } from '../../src/drivers/directory-store.ts';
import { threadWorks } from '../../src/drivers/works.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { type ClusterRepository, inCluster, openRepository } from '../../src/repo/repository.ts';

export async function labRepository(lab: Lab): Promise<ClusterRepository> {
  const store = directoryStore(labFiles(lab.directory).repository);
  return inCluster(await openRepository(store, threadWorks(), systemClock), 'main');
}
