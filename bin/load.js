// Runs a bundle with the code that V8 made of it at the build: to compile it anew takes longer than to look at a cluster.
'use strict';
const { readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

/**
 * @param {string} path of a CommonJS file whose first line is `// NAME`; NAME.code lies beside it
 * @returns {Script | 'missing'}
 */
exports.load = function load(path) {
  const text = read(path, 'latin1');
  if (text === undefined) return 'missing';
  const name = text.slice(3, text.indexOf('\n'));
  // Another version of V8 refuses the code and compiles the text, as it would have done without.
  const code = read(`${dirname(path)}/${name}.code`);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    filename: path,
    ...(code && { cachedData: code }),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return script;
};

function read(path, encoding) {
  try {
    return readFileSync(path, encoding);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
