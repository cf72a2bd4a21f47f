// `npm run test:matrix [-- FILTER…]`: the tests of the lab and of the engine, once on each major of PostgreSQL.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { majorsPrograms, matrix } from './majors.mjs';
import { orExplain, root, setUp } from './setup.mjs';

await orExplain(async () => {
  await setUp({ server: true });
  const failed = [];
  for (const major of matrix) {
    const programs = majorsPrograms(major);
    process.stderr.write(`PostgreSQL ${major}: ${programs}\n`);
    const words = process.argv.slice(2);
    const argv = [join(root, 'tools/test.mjs'), 'lab', ...words];
    const env = { ...process.env, LIFEBOAT_PG_BIN: programs, LIFEBOAT_MAJORS: '' };
    if (spawnSync(process.execPath, argv, { cwd: root, env, stdio: 'inherit' }).status !== 0) failed.push(major);
  }
  process.stdout.write(
    failed.length === 0 ? `all of ${matrix.join(', ')} passed\n` : `failed on ${failed.join(', ')}\n`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
});
