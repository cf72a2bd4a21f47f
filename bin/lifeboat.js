#!/usr/bin/env node
// The command `lifeboat`: hands over to a bundle in dist/, which is made by the build. CommonJS, for Node's loader of ES modules takes longer to begin than the bundle.
'use strict';
const { join } = require('node:path');
const { load } = require('./load.js');

// A server calls these for every 16 MB that it writes: they have a bundle of their own, a quarter as long (see tools/build.mjs).
const [, , command, verb] = process.argv;
const name = command === 'wal' && (verb === 'push' || verb === 'get') ? 'wal' : 'main';

if (load(join(__dirname, '..', 'dist', `${name}.cjs`)) === 'missing') {
  process.stderr.write('lifeboat is not built yet; run `npm run build` (or `npm test`, or `npm run drill`)\n');
  process.exitCode = 2;
}
