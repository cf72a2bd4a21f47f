// Imports go down the stairs only, type imports too, and each third-party package has one home.

/** From top to bottom. Rooms on one step may not import one another, save those that belong to one room. */
const stairs = [
  { cli: '^src/cli/' },
  { lab: '^src/lab/' },
  { report: '^src/report/', drivers: '^src/drivers/' },
  { engine: '^src/engine/' },
  { actions: '^src/actions/' },
  { checks: '^src/checks/', monitor: '^src/monitor/' },
  { ops: '^src/ops[.]ts$' },
  { look: '^src/look/' },
  { runbook: '^src/runbook/', repo: '^src/repo/' },
  { ports: '^src/ports[.]ts$' },
  { postgres: '^src/postgres/' },
  { basics: '^src/(faults|time|secret)[.]ts$' },
];

const rooms = stairs.flatMap((step, height) => Object.entries(step).map(([name, path]) => ({ name, path, height })));
const pathOf = name => rooms.find(room => room.name === name).path;

const stairRules = rooms
  .map(room => ({ room, forbidden: rooms.filter(other => other !== room && other.height <= room.height) }))
  .filter(({ forbidden }) => forbidden.length > 0)
  .map(({ room, forbidden }) => ({
    name: `stairs-${room.name}`,
    comment: `${room.name} may import only what lies below it`,
    severity: 'error',
    from: { path: room.path },
    to: { path: forbidden.map(({ path }) => path) },
  }));

/** Package → the rooms that may import it. */
const homes = {
  ssh2: ['drivers'],
  pg: ['drivers'],
  execa: ['drivers', 'lab'],
  '@mongodb-js/zstd': ['drivers'],
  yaml: ['runbook'],
  ajv: ['runbook'],
  'ajv-formats': ['runbook'],
  '@marcbachmann/cel-js': ['runbook'],
  chalk: ['report'],
  'log-update': ['report'],
  commander: ['cli'],
  '@clack/prompts': ['cli'],
  // Schemas are declared where the thing is: at any step from the runbook upwards.
  typebox: rooms.filter(room => room.height <= 8).map(({ name }) => name),
};

const inPackage = name => `(^|/)node_modules/(@types/)?${name}/|^${name}(/|$)`;

const homeRules = Object.entries(homes).map(([name, allowed]) => ({
  name: `home-of-${name.replace(/^@/, '').replace('/', '-')}`,
  comment: `${name} is imported in ${allowed.join(', ')} only`,
  severity: 'error',
  from: { path: '^src/', pathNot: allowed.map(pathOf) },
  to: { path: inPackage(name) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...stairRules,
    ...homeRules,
    {
      name: 'no-cycle',
      comment: 'Two files that import each other are one file',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every-file-has-a-room',
      comment: 'Every file in src/ lies on a step of the stairs',
      severity: 'error',
      from: { path: '^src/', pathNot: rooms.map(({ path }) => path) },
      to: {},
    },
    {
      name: 'only-rooms',
      comment: 'Every file in src/ lies on a step of the stairs, and src/ stands on itself',
      severity: 'error',
      from: { path: '^src/' },
      to: { pathNot: [...rooms.map(({ path }) => path), '(^|/)node_modules/'], dependencyTypes: ['local'] },
    },
    {
      name: 'actions-stand-alone',
      comment: 'An action imports no other action, only what an action is; the list imports them',
      severity: 'error',
      from: { path: '^src/actions/', pathNot: '^src/actions/index[.]ts$' },
      to: { path: '^src/actions/', pathNot: '^src/actions/(action[.]ts$|parts/)' },
    },
    {
      name: 'checks-stand-alone',
      comment: 'A check imports no other check; only the list imports them',
      severity: 'error',
      from: { path: '^src/checks/', pathNot: '^src/checks/index[.]ts$' },
      to: { path: '^src/checks/' },
    },
    {
      name: 'known-packages',
      comment: 'A third-party package gets a home in this file before it is used',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot: Object.keys(homes).map(inPackage),
      },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
