// npm run bench [-- NAME…]: what is fast, measured side by side in one run.

import { backup } from './backup.ts';
import { failover } from './failover.ts';
import { promote } from './promote.ts';
import { stepOverhead } from './step-overhead.ts';
import { switchover } from './switchover.ts';
import { wayBack } from './way-back.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  steps: stepOverhead,
  promote,
  failover,
  switchover,
  backup,
  'way-back': wayBack,
};

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(benches)) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`there is no bench "${name}": ${Object.keys(benches).join(', ')}`);
  await bench();
}
