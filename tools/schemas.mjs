// Writes schemas/*.schema.json from the declarations that the code uses; `--check` compares and lists the drift.
import { existsSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { forNode } from './build.mjs';
import { orExplain, root, setUp } from './setup.mjs';

const source = 'src/cli/schemas.ts';
const folder = join(root, 'schemas');

/**
 * Writes the schemas, or with `check` only compares.
 * @returns {Promise<string[] | undefined>} the files that were written or differ; undefined where the source is missing
 */
export async function schemaFiles({ check }) {
  if (!existsSync(join(root, source))) return undefined;
  const wanted = new Map(
    Object.entries(await declared()).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  );
  mkdirSync(folder, { recursive: true });
  const there = new Map(
    readdirSync(folder)
      .filter(name => name.endsWith('.schema.json'))
      .map(name => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  const different = [...new Set([...wanted.keys(), ...there.keys()])].filter(
    name => wanted.get(name) !== there.get(name),
  );
  for (const name of check ? [] : different) {
    const text = wanted.get(name);
    if (text === undefined) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return different.map(name => `schemas/${name}`).sort();
}

/** Bundles the source and calls its `schemas()`. The bundle lies in node_modules so that native add-ons are found. */
async function declared() {
  const { build } = await import('esbuild');
  const directory = mkdtempSync(join(root, 'node_modules/.schemas-'));
  try {
    const outfile = join(directory, 'schemas.mjs');
    await build({ ...forNode, entryPoints: [source], outfile });
    const { schemas } = await import(pathToFileURL(outfile).href);
    return await schemas();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await orExplain(async () => {
    await setUp({ server: false });
    const check = process.argv.includes('--check');
    const files = await schemaFiles({ check });
    if (files === undefined) process.stdout.write(`skipped: there is no ${source}\n`);
    else if (files.length === 0) process.stdout.write('schemas/ is up to date\n');
    else process.stdout.write(`${check ? 'differs from the code' : 'written'}: ${files.join(', ')}\n`);
    if (check && files !== undefined && files.length > 0) process.exitCode = 1;
  });
}
