// Makes a fresh checkout ready: npm packages, and on request a PostgreSQL server and an sshd for the lab.
// Uses nothing but Node, since it runs before anything is installed. Costs milliseconds when all is there.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The checkout's root directory. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** What a person has to do before this can go on: shown without a stack, exit code 2. */
export class CannotSetUp extends Error {}

const serverPrograms = [
  'initdb',
  'postgres',
  'pg_ctl',
  'pg_isready',
  'psql',
  'pg_waldump',
  'pg_controldata',
  'pgbench',
];

/**
 * @param {{ server?: boolean, log?: (line: string) => void }} [options] `server`: PostgreSQL and sshd are needed too.
 * @returns {Promise<void>} rejects with CannotSetUp where rights or a package are missing
 */
export async function setUp({ server = true, log = line => process.stderr.write(`${line}\n`) } = {}) {
  const ready = () => packagesAreCurrent() && (!server || missingPackages().length === 0);
  if (!ready()) {
    // `npm test` beside `npm run drill`: the second waits, then finds everything there.
    const release = await lock(log);
    try {
      if (!packagesAreCurrent()) installPackages(log);
      if (server && missingPackages().length > 0) installServers(missingPackages(), log);
    } finally {
      release();
    }
  }
  linkCommand();
}

/** Compares what is installed with package-lock.json by content: the files' times lie after `npm install` and `git checkout`. */
function packagesAreCurrent() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (wanted === undefined || installed === undefined) return false;
  for (const [path, { version, integrity, optional }] of wanted) {
    const found = installed.get(path);
    // Optional packages are left out where they are for another platform.
    if (found === undefined ? !optional : found.version !== version || found.integrity !== integrity) return false;
  }
  return [...installed.keys()].every(path => wanted.has(path));
}

function readPackages(file) {
  try {
    const { packages } = JSON.parse(readFileSync(join(root, file), 'utf8'));
    return new Map(Object.entries(packages).filter(([path]) => path !== ''));
  } catch {
    return undefined;
  }
}

function installPackages(log) {
  log('set-up: npm ci');
  // esbuild and ssh2 work without their install scripts, so it does not matter whether npm runs them.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, encoding: 'utf8' });
  if (npm.status !== 0) throw new CannotSetUp(`npm ci failed:\n${output(npm)}`);
}

/** `npx lifeboat` looks in node_modules/.bin first, and npm puts no link to the checkout's own command there. */
function linkCommand() {
  const link = join(root, 'node_modules/.bin/lifeboat');
  const target = '../../bin/lifeboat.js';
  try {
    if (readlinkSync(link) === target) return;
  } catch {
    // not there, or not a link
  }
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  rmSync(link, { force: true });
  try {
    symlinkSync(target, link);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error; // another set-up was faster
  }
}

/** The Debian packages that are still needed. */
function missingPackages() {
  const missing = [];
  if (!hasPostgres()) missing.push('postgresql');
  if (!isProgram('/usr/sbin/sshd')) missing.push('openssh-server');
  if (!['/usr/bin', '/usr/local/bin'].some(directory => isProgram(join(directory, 'ssh-keygen')))) {
    missing.push('openssh-client');
  }
  return missing;
}

function hasPostgres() {
  const base = '/usr/lib/postgresql';
  if (!existsSync(base)) return false;
  return readdirSync(base).some(version => serverPrograms.every(name => isProgram(join(base, version, 'bin', name))));
}

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installServers(packages, log) {
  const byHand = new CannotSetUp(
    `the lab needs ${packages.join(' and ')}; please run\n  sudo apt-get install -y ${packages.join(' ')}\nand start this again`,
  );
  if (!isProgram('/usr/bin/apt-get')) throw byHand;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) throw byHand;

  log(`set-up: apt-get install ${packages.join(' ')}`);
  const shell = ['sh', '-c', installScript, 'set-up', ...packages];
  const [program, ...args] = isRoot ? shell : ['sudo', '-n', ...shell];
  const apt = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (apt.status !== 0) throw new CannotSetUp(`${byHand.message}\n\nThe attempt to do it ended with:\n${output(apt)}`);
  const still = missingPackages();
  if (still.length > 0) throw new CannotSetUp(`installed, yet still not found: ${still.join(', ')}`);
  if (packages.includes('openssh-server')) {
    log('set-up: openssh-server was installed and not started; where it shall stay off at boot: systemctl disable ssh');
  }
}

// Debian's packages start what they install: sshd on port 22, and a new cluster "main" on 5432. Nobody who runs a test
// asked for either. postgresql-common comes first, so that its own createcluster.conf (whose include_dir is used here)
// is in place; policy-rc.d is asked by invoke-rc.d before any start. Both are taken away again.
const installScript = `
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/lifeboat-set-up.conf
made=
clean() { rm -f "$cluster"; if [ -n "$made" ]; then rm -f "$policy"; fi; }
trap clean EXIT
trap 'exit 130' HUP INT TERM
if [ ! -e "$policy" ]; then
  made=yes
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt() { apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"; }
# Old lists may do as well; the installation decides. The lists have a lock without a waiting time.
apt update || { sleep 10; apt update; } || true
case " $* " in
  *" postgresql "*)
    apt install --no-install-recommends postgresql-common
    mkdir -p "\${cluster%/*}"
    echo 'create_main_cluster = false' > "$cluster"
    ;;
esac
apt install --no-install-recommends "$@"
`;

/** The last lines of what a program said. */
function output({ stdout, stderr, error }) {
  return [stdout, stderr, error?.message]
    .filter(Boolean)
    .map(text => text.trim().split('\n').slice(-20).join('\n'))
    .join('\n');
}

/**
 * One set-up at a time on this machine. The lock is a socket name without a file (Linux), so it ends with its process.
 * @returns {Promise<() => void>} the release
 */
async function lock(log) {
  if (process.platform !== 'linux') return () => {};
  for (let attempt = 0; ; attempt++) {
    const server = createServer();
    const taken = await new Promise((resolve, reject) => {
      server.once('error', error => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
      server.listen('\0lifeboat-set-up', () => resolve(true));
    });
    if (taken) return () => server.close();
    if (attempt === 0) log('set-up: waiting for another set-up on this machine');
    if (attempt > 3000) throw new CannotSetUp('another set-up on this machine has not ended within 10 minutes');
    await sleep(200);
  }
}

/** Runs `work` and turns CannotSetUp into its message and exit code 2. */
export async function orExplain(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CannotSetUp)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await orExplain(() => setUp({ server: true }));
