// npm run bench: what is fast, measured side by side in one run.

import { promote } from './promote.ts';
import { stepOverhead } from './step-overhead.ts';

await stepOverhead();
await promote();
