#!/usr/bin/env node
// The command `lifeboat`: hands over to the bundle in dist/, which is made by the build.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);

if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('lifeboat is not built yet; run `npm run build` (or `npm test`, or `npm run drill`)\n');
  process.exitCode = 2;
}
