// The tests, one project per folder: the fast ones run side by side, those of the lab afterwards, three files at a time.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string };

const fast = (name: string, timeout: number) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout,
    // Vitest leaves one core to itself, and of two that is half.
    maxWorkers: 2,
  },
});

/** The long ones first: one that begins last keeps a core idle and everybody waiting. What is not named here takes less than a minute. */
const long = [
  'drills/',
  'interrupted/',
  'rejoin',
  'faults',
  'triage',
  'switchover',
  'owed-fence',
  'plan-binds',
  'watch',
  'pitr',
  'chaos',
  'majors',
  'logical',
  'rehearse',
  'every-way-back',
  'options',
  'wal-find',
  'mistake',
  'backup',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex(name => moduleId.includes(`/lab/${name}`));
      return at === -1 ? long.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  define: { LIFEBOAT_VERSION: JSON.stringify(version) },
  test: {
    pool: 'forks',
    silent: 'passed-only',
    slowTestThreshold: 10_000,
    sequence: { sequencer: LongFirst },
    projects: [
      fast('unit', 10_000),
      fast('contract', 10_000),
      fast('golden', 20_000),
      fast('interruption', 120_000),
      {
        extends: true,
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          // Real servers: a cluster takes seconds to come up, a drill up to a minute, on two cores.
          testTimeout: 240_000,
          hookTimeout: 180_000,
          // They wait more than they work: with two the cores stood idle half of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
