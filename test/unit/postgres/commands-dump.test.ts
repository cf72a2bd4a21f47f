// Dumping and loading, word by word; a file name for every database, whatever it is called.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initdb } from '../../../src/postgres/commands-client.ts';
import { analyzeAll, archiveName, pgDump, pgDumpallGlobals, pgRestore } from '../../../src/postgres/commands-dump.ts';
import { parseConninfo } from '../../../src/postgres/connection.ts';
import { commandLine } from '../../../src/postgres/shell.ts';

const at = { bin: '/pg/bin', data: '/disk1/data' };
const socket = { host: '/run/pg', port: 5432, user: 'postgres' };

describe('command lines', () => {
  it.each([
    [
      pgDumpallGlobals(at, socket),
      "pg_dumpall -w --globals-only -d 'dbname=postgres host=/run/pg port=5432 user=postgres'",
    ],
    [
      pgDump(at, 'app', socket, { jobs: 1 }),
      "pg_dump -w --format=custom -d 'host=/run/pg port=5432 user=postgres dbname=app'",
    ],
    [
      pgDump(at, 'app', socket, { jobs: 4 }),
      "pg_dump -w --format=directory --jobs=4 -d 'host=/run/pg port=5432 user=postgres dbname=app'",
    ],
    [
      pgRestore(at, { ...socket, dbname: 'template1' }, { archive: '/b/app', jobs: 4 }),
      "pg_restore -w --create --clean --if-exists --exit-on-error --jobs=4 -d 'host=/run/pg port=5432 user=postgres dbname=template1' /b/app",
    ],
    [analyzeAll(at, socket, 4), 'vacuumdb -w -h /run/pg -p 5432 -U postgres --all --analyze-only --jobs=4'],
    [
      initdb(at, { locale: { collate: 'de_DE.utf8', ctype: 'C', provider: 'icu', locale: 'de-DE' }, checksums: false }),
      'initdb -D /disk1/data --encoding=UTF8 --no-locale --lc-collate=de_DE.utf8 --lc-ctype=C --locale-provider=icu --icu-locale=de-DE --no-data-checksums',
    ],
    [
      initdb(at, { locale: { collate: 'C', ctype: 'C', provider: 'builtin', locale: 'C.UTF-8' }, groupAccess: true }),
      'initdb -D /disk1/data --encoding=UTF8 --no-locale --lc-collate=C --lc-ctype=C --locale-provider=builtin --builtin-locale=C.UTF-8 --allow-group-access',
    ],
  ])('%#: %2$s', (argv, line) => {
    expect(commandLine(argv)).toBe(`/pg/bin/${line}`);
  });

  it('a database is named in a connection string, where no name can become anything else', () => {
    const names = ['host=nowhere', '--clean', `it's`, String.raw`back\slash`, 'a b', 'postgresql://x'];
    for (const name of names)
      expect(parseConninfo(pgDump(at, name, socket, { jobs: 1 }).at(-1)!)).toMatchObject({
        host: '/run/pg',
        dbname: name,
      });
  });
});

describe('the name of an archive', () => {
  it.each([
    ['sales-2026.q1', 'sales-2026.q1'],
    ['two words', 'two%20words'],
    ['a/b', 'a%2Fb'],
    ['--clean', '%2D-clean'],
    ['..', '%2E.'],
    ['100%', '100%25'],
    ['ü', '%C3%BC'],
  ])('%s is %s', (name, file) => {
    expect(archiveName(name)).toBe(file);
  });

  it('is a plain file name, and leads back to one database', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 63 }), name => {
        const file = archiveName(name);
        expect(file).toMatch(/^[\w%][\w%.-]*$/);
        expect(decodeURIComponent(file)).toBe(Buffer.from(name).toString());
      }),
    );
  });
});
