// The shape of a runbook file: the declarations that both the reader and the published schema are made of.

import { Type } from 'typebox';
import { hostLike, hostLikeHint, kebab, kebabHint, snake, snakeHint } from './names.ts';
import { check, duration, word } from './vocabulary.ts';

export const paramTypes = ['duration', 'bytes', 'timestamp', 'lsn', 'node', 'int', 'string', 'bool', 'enum'] as const;

const Param = Type.Object(
  {
    type: word(paramTypes, { description: 'What it holds' }),
    description: Type.Optional(Type.String({ description: 'One sentence for the operator who has to give it' })),
    default: Type.Optional(
      Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
        description: 'Without one it must be given with -p',
      }),
    ),
    values: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, uniqueItems: true, description: 'For enum: what it may be' }),
    ),
  },
  { 'x-like': 'such as { type: duration, default: 30s, description: … }' },
);

/** A step but for `with`, whose shape is its action's. */
export const stepProperties = {
  id: Type.String({ pattern: kebab, description: 'Its name, unique in the book', 'x-like': kebabHint }),
  title: Type.Optional(Type.String({ description: 'What it does, for the operator' })),
  action: Type.String({ description: 'What it does: the name of an action, or runbook' }),
  with: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Parameters of the action' })),
  if: Type.Optional(
    Type.Union([Type.String(), Type.Boolean()], {
      description: 'An expression; the step is left out where it is false',
    }),
  ),
  retry: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'How often it is tried again' })),
  timeout: Type.Optional(duration({ description: 'For the step as a whole, its proof included' })),
  on_failure: Type.Optional(
    word(['stop', 'continue', 'undo'], { description: 'stop where absent; undo takes back what was done' }),
  ),
  require: Type.Optional(Type.Array(check(), { description: 'Must hold before, beside what the action itself needs' })),
  expect: Type.Optional(
    Type.Array(check(), { description: 'Must hold afterwards, beside what the action itself promises' }),
  ),
  each: Type.Optional(
    word(['standbys', 'nodes', 'others'], {
      description: 'Repeats the step for each of them; the role `each` is that node. others: nodes without a role',
    }),
  ),
};

export const Step = Type.Object(stepProperties, {
  'x-like': 'such as { id: fence, action: stop, with: { node: primary } }',
});

export const bookProperties = {
  runbook: Type.String({ pattern: kebab, description: 'Its name, that of the file', 'x-like': kebabHint }),
  title: Type.String({ minLength: 1, description: 'One sentence: when it is run and what it does' }),
  description: Type.Optional(Type.String()),
  roles: Type.Optional(
    Type.Array(Type.String({ pattern: kebab, 'x-like': kebabHint }), {
      uniqueItems: true,
      description: 'Names that the steps use for nodes; bound by looking, or with --bind',
    }),
  ),
  params: Type.Optional(
    Type.Record(Type.String({ pattern: snake }), Param, {
      'x-names': snakeHint,
      description: 'What the operator can set with -p',
    }),
  ),
  steps: Type.Array(Step, { minItems: 1, 'x-like': 'a list, each item with id, action and with' }),
};

export const Book = Type.Object(bookProperties);

/** What `action: runbook` takes. */
export const nestedBook = {
  name: 'runbook',
  summary: 'Stands for the steps of another book',
  params: Type.Object({
    runbook: Type.String({ pattern: kebab, description: 'The name of the book', 'x-like': kebabHint }),
    params: Type.Optional(
      Type.Record(Type.String({ pattern: snake }), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        'x-names': snakeHint,
        description: 'Its parameters',
      }),
    ),
    bind: Type.Optional(
      Type.Record(Type.String({ pattern: kebab }), Type.String({ pattern: hostLike, 'x-like': hostLikeHint }), {
        'x-names': kebabHint,
        description: 'Its roles → roles of this book; the same names are bound by themselves',
      }),
    ),
  }),
  example: `- id: rejoin
  action: runbook
  with: { runbook: rejoin, bind: { primary: standby } }`,
};
