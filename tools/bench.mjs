// `npm run bench [-- NAME…]`: builds lifeboat, bundles bench/ and runs it, or what is named of it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, forNode } from './build.mjs';
import { orExplain, root, setUp } from './setup.mjs';

await orExplain(async () => {
  await setUp({ server: true });
  await build();
  const esbuild = await import('esbuild');
  // Inside the package, so that the books and the packages are found from there.
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'bench-'));
  try {
    await esbuild.build({ ...forNode, entryPoints: [join(root, 'bench/main.ts')], outfile: join(folder, 'main.js') });
    const argv = [join(folder, 'main.js'), ...process.argv.slice(2)];
    process.exitCode = spawnSync(process.execPath, argv, { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
