// `npm run drill [-- ARGUMENTS]`: sets up, builds, and runs the drill that loses a primary and recovers.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { orExplain, root, setUp } from './setup.mjs';

await orExplain(async () => {
  await setUp({ server: true });
  await build();
  // Ctrl-C reaches the drill too; it takes the sandbox down and says how it ended.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  const args = [join(root, 'bin/lifeboat.js'), 'drill', 'failover-wal-unwritable', ...process.argv.slice(2)];
  const drill = spawn(process.execPath, args, { stdio: 'inherit' });
  process.exitCode = await new Promise((resolve, reject) => {
    drill.once('error', reject);
    drill.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
});
