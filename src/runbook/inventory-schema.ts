// The shape of an inventory file: the declarations that both the reader and the published schema are made of.

import { Type } from 'typebox';
import { hostLike, hostLikeHint } from './names.ts';
import { duration, size, word } from './vocabulary.ts';

const path = (description: string): ReturnType<typeof Type.String> =>
  Type.String({ pattern: '^/', description, 'x-like': 'a path from the root on: /var/lib/postgresql' });
const ownFile = (description: string): ReturnType<typeof Type.String> =>
  Type.String({
    pattern: '^(/|~/)',
    description,
    'x-like': 'a path from the root or from ~/ on: ~/.lifeboat/passphrase',
  });
const argv = (description: string): ReturnType<typeof Type.Array<ReturnType<typeof Type.String>>> =>
  Type.Array(Type.String(), {
    minItems: 1,
    description,
    'x-like': 'a list of words: [sudo, systemctl, start, postgresql]',
  });
const port = Type.Integer({ minimum: 1, maximum: 65535 });
const named = { pattern: hostLike };

/** The three ways to give a password; never the password. */
export const secretProperties = {
  passfile: Type.Optional(
    Type.String({ minLength: 1, description: 'A file as libpq reads it: host:port:database:user:password' }),
  ),
  password_env: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      description: 'Name of the environment variable that holds the password',
      'x-like': 'the name of a variable: PGPASSWORD',
    }),
  ),
  password_command: Type.Optional(argv('A program that prints the password')),
};

const Ssh = Type.Object({
  host: Type.Optional(Type.String({ minLength: 1, description: 'Address, or the name of a Host in ~/.ssh/config' })),
  user: Type.Optional(Type.String({ minLength: 1 })),
  port: Type.Optional(port),
  identity: Type.Optional(Type.String({ minLength: 1, description: 'A private key file' })),
  known_hosts: Type.Optional(
    Type.String({ minLength: 1, description: 'The file with the host keys; ~/.ssh/known_hosts where absent' }),
  ),
  config: Type.Optional(Type.String({ minLength: 1, description: 'Read instead of ~/.ssh/config' })),
  jump: Type.Optional(Type.String({ minLength: 1, description: 'As ProxyJump' })),
  local: Type.Optional(Type.Boolean({ description: 'This machine, without SSH' })),
});

const Postgres = Type.Object({
  data: path('The data directory'),
  wal: Type.Optional(path('Where pg_wal points to, if not into the data directory')),
  archive: Type.Optional(path('The WAL archive on this node')),
  broken: Type.Optional(path('Where broken data is moved to; nothing is ever deleted')),
  backup: Type.Optional(path('Where base backups taken on this node lie')),
  restore_command: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'What a standby on this node fetches WAL with; that of its postgresql.conf where absent',
    }),
  ),
  tablespaces: Type.Optional(
    Type.Record(Type.String(named), path('Its directory on this node'), {
      'x-names': hostLikeHint,
      description: 'Where tablespaces lie on this node, by name, if not where they lie on the primary',
    }),
  ),
  bin: path('Where pg_ctl lies: pg_config --bindir tells'),
  port: Type.Optional(port),
  host: Type.Optional(
    Type.String({ minLength: 1, description: 'Address for clients and the other nodes; that of SSH where absent' }),
  ),
  socket: Type.Optional(path('Directory of the Unix socket; /var/run/postgresql where absent')),
  log: Type.Optional(path('The server log, or its directory; where absent the server is asked')),
  user: Type.Optional(Type.String({ minLength: 1, description: 'A superuser; postgres where absent' })),
  database: Type.Optional(Type.String({ minLength: 1, description: 'postgres where absent' })),
  via: Type.Optional(word(['socket', 'tcp'], { description: 'SQL over the Unix socket through SSH, or over TCP' })),
  ...secretProperties,
  service: Type.Optional(
    Type.Object(
      { start: argv('Starts the server'), stop: argv('Stops it') },
      { description: 'Where a service manager must do it; pg_ctl where absent' },
    ),
  ),
});

const Node = Type.Object(
  {
    ssh: Type.Union([Type.String({ minLength: 1 }), Ssh], {
      description: 'How to reach it: a Host of ~/.ssh/config, or its parts',
      'x-like': 'the name of a Host in ~/.ssh/config, or { host: 172.16.3.101, user: postgres }',
    }),
    postgres: Postgres,
    work: Type.Optional(path('Where locks and receipts of Lifeboat lie; below the home directory where absent')),
    priority: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1000,
        description:
          'Between standbys that are level the higher one becomes the primary; 0: never unless bound; 1 where absent',
      }),
    ),
  },
  { 'x-like': 'a mapping with ssh and postgres' },
);

/** A command of the site's own on this machine. */
const hook = (description: string) =>
  Type.Object(
    {
      command: argv('Run on this machine; {node} and {host} in its words are those of the node that it is about'),
      within: Type.Optional(duration({ description: 'Its deadline; 30s where absent' })),
    },
    { description, 'x-like': 'such as { command: [/usr/local/bin/fence, "{node}"], within: 30s }' },
  );

/** The ways to open an encrypted repository; never the passphrase. */
const Encryption = Type.Object(
  {
    passphrase_file: Type.Optional(ownFile('A file whose first line is the passphrase; only its owner may read it')),
    passphrase_env: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        description: 'Name of the environment variable that holds the passphrase',
        'x-like': 'the name of a variable: LIFEBOAT_PASSPHRASE',
      }),
    ),
    passphrase_command: Type.Optional(argv('A program that prints the passphrase')),
    identity: Type.Optional(ownFile('A file with the secret half of a key pair, made by lifeboat repo identity')),
    recipients: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^lifeboat-recipient-[A-Za-z0-9_-]{48}$',
          'x-like': 'the public half of a key pair: lifeboat-recipient-…, as lifeboat repo identity prints it',
        }),
        { description: 'Others who may open it, for example with an identity that lies in a safe', uniqueItems: true },
      ),
    ),
  },
  { 'x-like': 'such as { passphrase_file: /etc/lifeboat/passphrase } or { identity: /etc/lifeboat/identity }' },
);

const Repository = Type.Object(
  {
    path: path('Where it lies'),
    encryption: Type.Optional(Encryption),
  },
  { 'x-like': 'such as { path: /var/lib/lifeboat }' },
);

const Backup = Type.Object({
  repository: Type.String({ ...named, description: 'Name of one of the repositories' }),
  slot: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9_]{1,63}$',
      description: 'Name of the replication slot that the WAL receiver has on the primary; lifeboat where absent',
      'x-like': 'the name of a slot: lower-case letters, digits and "_"',
    }),
  ),
  from: Type.Optional(Type.String({ minLength: 1, description: 'primary, standby or a node' })),
  schedule: Type.Optional(Type.String({ minLength: 1 })),
  retention: Type.Optional(
    Type.Object({
      window: Type.Optional(duration({ description: 'How far back one can go' })),
      redundancy: Type.Optional(Type.Integer({ minimum: 1, description: 'How many backups are kept at least' })),
    }),
  ),
});

const Monitor = Type.Object(
  {
    interval: Type.Optional(duration({ description: 'How often pg_isready is asked; 10s where absent' })),
    down_after: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'So many silent samples from everyone who can be asked make a node down; 3 where absent',
      }),
    ),
    up_after: Type.Optional(
      Type.Integer({ minimum: 1, description: 'So many answers in a row make it up again; 2 where absent' }),
    ),
    hook: Type.Optional(argv('Run on this machine at each change, with the change as JSON on its standard input')),
  },
  { description: 'How the nodes are watched', 'x-like': 'such as { interval: 10s, down_after: 3, up_after: 2 }' },
);

const Cluster = Type.Object(
  {
    home: Type.Optional(Type.Object({ primary: Type.String({ description: 'The node where the primary belongs' }) })),
    replication: Type.Optional(
      Type.Object({
        user: Type.String({ minLength: 1, description: 'The role that standbys connect as' }),
        slots: Type.Optional(
          Type.Boolean({ description: 'Each standby has a replication slot of its own name on the primary' }),
        ),
        ...secretProperties,
      }),
    ),
    objective: Type.Optional(
      Type.Object({
        rto: Type.Optional(duration({ description: 'How long clients may be without a primary' })),
        rpo: Type.Optional(size({ description: 'How much may be lost; 0B where absent' })),
      }),
    ),
    nodes: Type.Record(Type.String(named), Node, {
      minProperties: 1,
      'x-names': hostLikeHint,
      'x-like': 'one mapping per node: node1: { ssh: …, postgres: … }',
    }),
    backup: Type.Optional(Backup),
    fence: Type.Optional(hook('Cuts a lost primary off: power, storage, network')),
    moved: Type.Optional(hook('Tells clients where the primary is now: a virtual address, DNS, a proxy')),
    monitor: Type.Optional(Monitor),
  },
  { 'x-like': 'a mapping with nodes' },
);

export const inventoryProperties = {
  clusters: Type.Record(Type.String(named), Cluster, {
    minProperties: 1,
    'x-names': hostLikeHint,
    'x-like': 'one mapping per cluster: main: { nodes: … }',
  }),
  repositories: Type.Optional(
    Type.Record(Type.String(named), Repository, {
      'x-names': hostLikeHint,
      description: 'Where backups and WAL are kept',
    }),
  ),
};
export const InventoryFile = Type.Object(inventoryProperties);
