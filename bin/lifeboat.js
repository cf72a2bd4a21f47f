#!/usr/bin/env node
// The command `lifeboat`: hands over to the bundle in dist/, which is made by the build.
import { load } from './load.js';

const bundle = new URL('../dist/main.cjs', import.meta.url);

if (load(bundle) === 'missing') {
  process.stderr.write('lifeboat is not built yet; run `npm run build` (or `npm test`, or `npm run drill`)\n');
  process.exitCode = 2;
}
