// PostgreSQL majors other than the system's, from Debian's other suites, each in a folder of its own: nothing is installed into the system.
//
// `node tools/majors.mjs 13 17 18` brings them to ~/.cache/lifeboat/postgresql-MAJOR and prints where their programs are.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CannotSetUp, isProgram, orExplain } from './setup.mjs';

/** Which suite of Debian has which major. 14 and 16 never were in one. */
const suites = {
  13: ['bullseye', 'bullseye-security'],
  15: ['bookworm', 'bookworm-security'],
  17: ['trixie', 'trixie-security'],
  18: ['forky'],
};

/** Those that the tests of the engine run on, beside whichever the system has. */
export const matrix = ['13', '15', '17', '18'];

const loader = {
  x64: ['x86_64-linux-gnu', 'ld-linux-x86-64.so.2'],
  arm64: ['aarch64-linux-gnu', 'ld-linux-aarch64.so.1'],
};

/**
 * The folder of a major's programs: the system's, one brought earlier, or one brought now.
 * @param {string} major
 * @returns {string} throws CannotSetUp where it cannot be had here
 */
export function majorsPrograms(major, log = line => process.stderr.write(`${line}\n`)) {
  const installed = `/usr/lib/postgresql/${major}/bin`;
  if (isProgram(join(installed, 'postgres')) && isProgram(join(installed, 'pg_waldump'))) return installed;
  const folder = placeOf(major);
  const programs = join(folder, 'usr/lib/postgresql', major, 'bin');
  if (isProgram(join(programs, 'postgres'))) return programs;
  log(`set-up: PostgreSQL ${major} from Debian's ${suites[major]?.[0] ?? 'suites'} into ${folder}`);
  bring(major, folder);
  return programs;
}

/** Servers run as the user postgres, to whom root's own home is closed. */
const placeOf = major =>
  process.getuid?.() === 0
    ? `/var/cache/lifeboat/postgresql-${major}`
    : join(homedir(), '.cache/lifeboat', `postgresql-${major}`);

function bring(major, folder) {
  const [triplet, interpreter] = loader[process.arch] ?? [];
  if (suites[major] === undefined || triplet === undefined) {
    throw new CannotSetUp(
      `no suite of Debian has PostgreSQL ${major} for ${process.arch}; known: ${Object.keys(suites).join(', ')}`,
    );
  }
  if (spawnSync('patchelf', ['--version']).status !== 0) {
    const apt =
      process.getuid?.() === 0 && spawnSync('apt-get', ['install', '-y', '-qq', 'patchelf'], { stdio: 'ignore' });
    if (!apt || apt.status !== 0) throw new CannotSetUp('patchelf is needed: sudo apt-get install -y patchelf');
  }
  const fresh = `${folder}.partial`;
  rmSync(fresh, { recursive: true, force: true });
  const apt = aptOfItsOwn(fresh, suites[major]);
  apt('update');
  apt('--download-only', 'install', 'tzdata', `postgresql-${major}`, `postgresql-client-${major}`);
  const archives = join(fresh, '.apt/cache/archives');
  for (const name of readdirSync(archives).filter(one => one.endsWith('.deb'))) {
    must('sh', [
      '-c',
      'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink',
      'unpack',
      join(archives, name),
      fresh,
    ]);
  }
  relocate({ fresh, folder, major, triplet, interpreter });
  for (const path of ['.apt', 'usr/share/doc', 'usr/share/man'])
    rmSync(join(fresh, path), { recursive: true, force: true });
  must('chmod', ['-R', 'a+rX', fresh]);
  renameSync(fresh, folder);
}

/** An apt that knows only these suites of the mirror that this machine already uses, and writes nothing outside `root`. */
function aptOfItsOwn(root, names) {
  const home = join(root, '.apt');
  for (const path of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(home, path), { recursive: true });
  for (const name of ['status', 'preferences']) writeFileSync(join(home, name), '');
  const mirror = mirrorOfThisMachine();
  const key = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  const line = suite => `deb ${key} ${suite.endsWith('-security') ? `${mirror}-security` : mirror} ${suite} main\n`;
  writeFileSync(join(home, 'sources.list'), names.map(line).join(''));
  const settings = {
    'Dir::Etc::sourcelist': join(home, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': join(home, 'preferences'),
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::lists': join(home, 'lists'),
    'Dir::State::status': join(home, 'status'),
    'Dir::Cache': join(home, 'cache'),
    'APT::Install-Recommends': '0',
    'Debug::NoLocking': '1',
    ...(process.getuid?.() === 0 && { 'APT::Sandbox::User': 'root' }),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return (...words) => must('apt-get', [...options, '-y', '-qq', ...words]);
}

function mirrorOfThisMachine() {
  const lists = ['/etc/apt/sources.list', ...files('/etc/apt/sources.list.d')].filter(file => existsSync(file));
  const found = lists
    .map(file => /https?:\/\/\S+\/debian(?=\/?(\s|$))/m.exec(readFileSync(file, 'utf8'))?.[0])
    .find(Boolean);
  if (found === undefined) throw new CannotSetUp('no mirror of Debian in the apt sources of this machine');
  return found;
}

/** The programs find the libraries of their own suite, and its loader: a newer C library than the system's is needed from 17 on. */
function relocate({ fresh, folder, major, triplet, interpreter }) {
  const libraries = ['usr/lib', 'lib'].map(path => join(folder, path, triplet));
  const runPath = [...libraries, join(folder, 'usr/lib/postgresql', major, 'lib')].join(':');
  const own = ['usr/lib', 'lib', 'lib64', 'usr/lib64'].flatMap(path => [
    join(path, triplet, interpreter),
    join(path, interpreter),
  ]);
  const found = own.find(path => existsSync(join(fresh, path)));
  if (found === undefined) throw new CannotSetUp(`no ${interpreter} among the packages of PostgreSQL ${major}`);
  for (const path of files(join(fresh, 'usr/lib/postgresql', major, 'bin'))) {
    if (!isElf(path)) continue;
    must('patchelf', ['--force-rpath', '--set-rpath', runPath, path]);
    must('patchelf', ['--set-interpreter', join(folder, found), path]);
  }
  for (const path of files(join(fresh, 'usr/lib', triplet)).filter(
    one => /libLLVM/.test(one) && statSync(one).isFile(),
  )) {
    must('patchelf', ['--force-rpath', '--set-rpath', runPath, path]);
  }
}

const files = directory => (existsSync(directory) ? readdirSync(directory).map(name => join(directory, name)) : []);
const isElf = path => statSync(path).isFile() && readFileSync(path).subarray(1, 4).toString('latin1') === 'ELF';

function must(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new CannotSetUp(`${program} failed:\n${error?.message ?? stderr.trim()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await orExplain(async () => {
    for (const major of process.argv.slice(2)) process.stdout.write(`${majorsPrograms(major)}\n`);
  });
}
