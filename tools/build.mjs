// Builds dist/ from src/: a bundle of which each command begins only what it needs, a small one for what PostgreSQL calls, and V8's code of both.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orExplain, root, setUp } from './setup.mjs';

/** By the names of their bundles. */
const doors = { main: 'src/cli/main.ts', wal: 'src/cli/wal-main.ts' };

const dist = join(root, 'dist');
const stamp = join(dist, '.stamp');

// `lifeboat --version` shall take little more than Node itself, so these alone may be loaded by every command.
const lightPackages = ['commander'];
const lightBytes = 300_000;

/** esbuild's options for code of this project that runs in Node. */
export const forNode = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // What CommonJS packages inside an ES module still expect to be there.
  banner: {
    js: [
      "import { createRequire as requireFrom } from 'node:module';",
      'const require = requireFrom(import.meta.url);',
      'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
    ].join('\n'),
  },
  // Native add-ons that are tried and done without.
  external: ['pg-native', 'cpu-features'],
  define: {
    LIFEBOAT_VERSION: JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version),
    // pg asks for it to tell whether it runs in a browser's worker, and Node then loads all of its HTTP client.
    Response: 'undefined',
  },
  logLevel: 'silent',
  plugins: [
    {
      // ssh2 tries its own add-on by a relative path, which from inside dist/ must go through the package.
      name: 'native-add-ons',
      setup(build) {
        build.onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => {
          const packages = join(root, 'node_modules/');
          const whole = join(resolveDir, path);
          return { path: whole.startsWith(packages) ? whole.slice(packages.length) : path, external: true };
        });
      },
    },
  ],
};

/** Holds the place of the bundle's name, so that the lines of its source map stay what they are. */
const noName = '0'.repeat(16);

/** Of the command itself: one file, whose modules begin when they are first asked for, so that V8 can keep what it made of them. */
export const asCommand = {
  ...forNode,
  format: 'cjs',
  banner: { js: `// ${noName}\nconst fileUrl = require('node:url').pathToFileURL(__filename).href;` },
  define: { ...forNode.define, 'import.meta.url': 'fileUrl' },
};

/**
 * Builds where something has changed since the last time.
 * @returns {Promise<{ built: boolean, faults: string[] }>} `faults`: what makes every start slow, one line each
 */
export async function build() {
  const inputs = fingerprint();
  const last = readStamp();
  if (last !== undefined && last.inputs === inputs && last.files.every(file => existsSync(join(dist, file)))) {
    return { built: false, faults: last.faults };
  }
  mkdirSync(dist, { recursive: true });
  const outdir = mkdtempSync(join(dist, '.build-'));
  try {
    const { metafile } = await (
      await import('esbuild')
    ).build({
      ...asCommand,
      entryPoints: doors,
      outdir,
      outExtension: { '.js': '.cjs' },
      sourcemap: 'linked',
      sourcesContent: false,
      metafile: true,
    });
    const faults = Object.values(doors).flatMap(door => slowStart(metafile, door));
    const files = Object.keys(doors).flatMap(bundle => settled(outdir, bundle));
    dropOld(files);
    writeFileSync(stamp, JSON.stringify({ inputs, files, faults }));
    return { built: true, faults };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** Brings a bundle to its place, with what belongs to it: their names. */
function settled(outdir, bundle) {
  const file = join(outdir, `${bundle}.cjs`);
  const code = `${named(file)}.code`;
  // A run of lifeboat may be using the former bundle: the code it goes with has a name of its own, and the bundle comes last.
  renameSync(`${file}.map`, join(dist, `${bundle}.cjs.map`));
  compiled(file, join(dist, code));
  renameSync(file, join(dist, `${bundle}.cjs`));
  return [`${bundle}.cjs.map`, code, `${bundle}.cjs`];
}

/** Puts a name made from all of the bundle into its first line: V8 itself compares no more than its length. */
function named(file) {
  const text = readFileSync(file, 'latin1');
  const name = createHash('sha256').update(text).digest('hex').slice(0, noName.length);
  writeFileSync(file, text.replace(noName, name), 'latin1');
  return name;
}

/** What V8 makes of the bundle at work (see warm-up.mjs). */
function compiled(bundle, code) {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-build-'));
  try {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'tools/warm-up.mjs'), bundle, code, folder], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the bundle does not start: ${stderr}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Names, sizes and times of everything that goes into the bundle. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = path => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${relative(root, path)} ${mtimeMs} ${size}\n`);
  };
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'tools/build.mjs', 'tools/warm-up.mjs'])
    add(join(root, file));
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  );
  for (const path of files.map(entry => join(entry.parentPath, entry.name)).sort()) add(path);
  return hash.digest('hex');
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stamp, 'utf8'));
  } catch {
    return undefined;
  }
}

function dropOld(current) {
  const hourAgo = Date.now() - 3_600_000;
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const old =
      !current.includes(relative(dist, path)) && path !== stamp && !relative(dist, path).startsWith('.build-');
    if (entry.isFile() && old && statSync(path).mtimeMs < hourAgo) rmSync(path);
  }
}

/** Follows the static imports of the entry and names what is too heavy to be loaded by every command. */
function slowStart({ inputs }, door) {
  const seen = new Set();
  const packages = new Map();
  let bytes = 0;
  const visit = (path, from) => {
    const input = inputs[path];
    if (input === undefined || seen.has(path)) return;
    seen.add(path);
    bytes += input.bytes;
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    if (name !== undefined && !lightPackages.includes(name) && !packages.has(name)) packages.set(name, from);
    for (const { path: next, kind } of input.imports) if (kind !== 'dynamic-import') visit(next, path);
  };
  visit(door, '');
  const faults = [...packages].map(([name, from]) => `every start loads ${name} (by ${from}); import it lazily`);
  if (bytes > lightBytes)
    faults.push(`every start loads ${Math.round(bytes / 1000)} kB, more than ${lightBytes / 1000} kB`);
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await orExplain(async () => {
    await setUp({ server: false });
    const { formatMessages } = await import('esbuild');
    try {
      const { built, faults } = await build();
      process.stdout.write(built ? 'built dist/\n' : 'dist/ is up to date\n');
      for (const fault of faults) process.stderr.write(`warning: ${fault}\n`);
    } catch (error) {
      if (error.errors === undefined) throw error;
      const lines = await formatMessages(error.errors, { kind: 'error', color: process.stderr.isTTY });
      process.stderr.write(lines.join(''));
      process.exitCode = 1;
    }
  });
}
