// Lint rules: what the compiler cannot see, and where clock, randomness and process may be touched.
import { builtinModules } from 'node:module';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const bareBuiltins = builtinModules
  .filter(name => !name.startsWith('node:') && !name.startsWith('_'))
  .map(name => ({ name, message: `Write node:${name}.` }));

const noDefaultExport = {
  selector: ':matches(ExportDefaultDeclaration, ExportSpecifier[exported.name="default"])',
  message: 'Export it by its name.',
};

const handsOnly = 'Clock, randomness and process live in src/drivers, src/cli and src/lab; take them through a port.';

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { paths: bareBuiltins }],
      'no-restricted-syntax': ['error', noDefaultExport],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/drivers/**', 'src/cli/**', 'src/lab/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'performance', 'setTimeout', 'setInterval', 'setImmediate'].map(name => ({
          name,
          message: handsOnly,
        })),
      ],
      'no-restricted-properties': [
        'error',
        ...[
          ['Date', 'now'],
          ['Math', 'random'],
          ['AbortSignal', 'timeout'],
          ['crypto', 'randomUUID'],
          ['crypto', 'getRandomValues'],
        ].map(([object, property]) => ({ object, property, message: handsOnly })),
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...bareBuiltins,
            ...['process', 'timers', 'timers/promises', 'perf_hooks'].map(name => ({
              name: `node:${name}`,
              message: handsOnly,
            })),
            { name: 'node:crypto', importNames: ['randomUUID', 'randomBytes', 'randomInt'], message: handsOnly },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        noDefaultExport,
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: handsOnly },
        { selector: 'CallExpression[callee.name="Date"]', message: handsOnly },
        { selector: 'MemberExpression[object.name="globalThis"]', message: handsOnly },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A test may take for granted what it has just arranged.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.eslintRecommended],
    rules: {
      eqeqeq: 'error',
      'no-unused-vars': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-restricted-imports': ['error', { paths: bareBuiltins }],
    },
  },
);
