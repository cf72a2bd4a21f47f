// What things in a file may be called.

/** Steps, roles, books, drills: `last-transaction`. No underscore, so that an expression can spell the dash as one. */
export const kebab = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$';
export const kebabHint = 'lower-case letters and digits, with dashes between: last-transaction';

/** Parameters: `down_for`, a plain name in an expression. */
export const snake = '^[a-z][a-z0-9]*(_[a-z0-9]+)*$';
export const snakeHint = 'lower-case letters and digits, with underscores between: down_for';

/** Nodes and clusters: what host names are made of, since they appear in paths and on command lines. */
export const hostLike = '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$';
export const hostLikeHint = 'letters and digits, with dots, dashes or underscores between: node1';

/** Words that already mean something where a role or a node is named. */
export const reserved: ReadonlySet<string> = new Set(['each', 'here', 'nodes', 'standbys', 'others']);

/** JavaScript's own names would be found in every record. */
export const ownedByLanguage = (name: string): boolean => name in Object.prototype;

/** Where something is done beside a server that goes on: the only role that a node may have besides another one. */
export const sandboxRole = 'sandbox';
