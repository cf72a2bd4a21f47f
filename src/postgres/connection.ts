// Connection strings: built without a password, read in both spellings, and shown with every secret masked.

/** Parameters of a connection by libpq's names (manual 32.1.2), as read from a string. May hold a password: never print it as it is. */
export type ConnectionParameters = Readonly<Record<string, string>>;

/** What Lifeboat puts into a connection string. There is no password on purpose: it belongs into `passfile`. */
export interface Connection {
  /** A name, an address, or the directory of the Unix socket. */
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly dbname?: string;
  readonly application_name?: string;
  /** An absolute path; libpq does not expand `~`. */
  readonly passfile?: string;
  /** Seconds; 0 and a missing one wait for ever, and libpq raises 1 to 2. */
  readonly connect_timeout?: number;
  readonly sslmode?: string;
  readonly options?: string;
  readonly replication?: 'true' | 'database';
}

/** Parameters whose value is a secret (libpq, fe-connect.c: those shown as `*`). */
const secrets = new Set(['password', 'sslpassword', 'oauth_client_secret']);

/** `host=172.16.3.101 port=5432 user=repuser`: only what is given; secrets are left out, also where a parsed string had one. */
export function conninfo(connection: Connection | ConnectionParameters): string {
  return Object.entries(connection)
    .filter((pair): pair is [string, string | number] => pair[1] !== undefined && !secrets.has(pair[0]))
    .map(([key, value]) => `${key}=${quoteValue(String(value))}`)
    .join(' ');
}

/** For people: a connection string with each secret as `<secret>`. One that cannot be read is not shown at all. */
export function showConninfo(text: string): string {
  const parameters = parseConninfo(text);
  if (!parameters) return '<a connection string that cannot be read>';
  return Object.entries(parameters)
    .map(([key, value]) => `${key}=${secrets.has(key) ? '<secret>' : quoteValue(value)}`)
    .join(' ');
}

/** The secrets in a connection string, for the redactor to learn. */
export function secretsIn(parameters: ConnectionParameters): string[] {
  return Object.entries(parameters)
    .filter(([key]) => secrets.has(key))
    .map(([, value]) => value);
}

/** `HOST:PORT` of each server that a connection string names, with commas; empty where it names none or cannot be read. */
export function upstreamOf(text: string): string {
  const { host, hostaddr, port = '5432' } = parseConninfo(text) ?? {};
  const hosts = (host ?? hostaddr ?? '').split(',').filter(one => one !== '');
  const ports = port.split(',');
  return hosts.map((one, i) => `${one}:${(ports.length === 1 ? ports[0] : ports[i]) || '5432'}`).join(',');
}

/**
 * The application_name of the WAL receiver that uses this `primary_conninfo`: the one written there, else the server's
 * cluster_name (12 and later), else `walreceiver` (manual 20.6.2 and 20.6.3).
 */
export function replicationNameOf(primaryConninfo: string, clusterName: string): string {
  return parseConninfo(primaryConninfo)?.['application_name'] ?? (clusterName === '' ? 'walreceiver' : clusterName);
}

/** Reads `key = 'value'` pairs or a `postgres://` URI; undefined where libpq would refuse it. The last of two equal keys counts. */
export function parseConninfo(text: string): ConnectionParameters | undefined {
  return /^postgres(ql)?:\/\//.test(text.trim()) ? parseUri(text.trim()) : parsePairs(text);
}

function quoteValue(value: string): string {
  return /^[^\s'\\]+$/.test(value) ? value : `'${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

/** Manual 32.1.1.1: blanks around `=` are allowed; in a value, quoted or not, a backslash takes the next character as it is. */
function parsePairs(text: string): ConnectionParameters | undefined {
  const parameters: Record<string, string> = {};
  const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'|((?:[^\s'\\]|\\[^])(?:[^\s\\]|\\[^])*)?)(?=\s|$)/y;
  const end = text.trimEnd().length;
  while (pair.lastIndex < end) {
    const match = pair.exec(text);
    if (!match) return undefined;
    const [, key = '', quoted, plain] = match;
    parameters[key] = (quoted ?? plain ?? '').replaceAll(/\\([^])/g, '$1');
  }
  return parameters;
}

/** Manual 32.1.1.2: `postgresql://user:password@host1:5432,host2/dbname?key=value`; several hosts become comma-separated lists. */
function parseUri(text: string): ConnectionParameters | undefined {
  const match = /^postgres(?:ql)?:\/\/(?:([^:@/?]*)(?::([^@/?]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(text);
  if (!match) return undefined;
  const [, user, password, places = '', dbname, query = ''] = match;
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const place of places.split(',')) {
    const part = /^(\[[^\]]+\]|[^:]*)(?::(\d*))?$/.exec(place);
    if (!part) return undefined;
    hosts.push((part[1] ?? '').replace(/^\[(.*)\]$/, '$1'));
    ports.push(part[2] ?? '');
  }
  const given: [string, string | undefined][] = [
    ['user', user],
    ['password', password],
    ['host', hosts.join(',').replace(/^,+$/, '')],
    ['port', ports.join(',').replace(/^,+$/, '')],
    ['dbname', dbname],
  ];
  for (const piece of query.split('&').filter(part => part !== '')) {
    const [key, value, ...more] = piece.split('=');
    if (key === undefined || value === undefined || more.length > 0) return undefined;
    given.push([key, value]);
  }
  return decode(given.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ''));
}

function decode(pairs: readonly (readonly [string, string])[]): ConnectionParameters | undefined {
  try {
    return Object.fromEntries(pairs.map(([key, value]) => [decodeURIComponent(key), decodeURIComponent(value)]));
  } catch {
    return undefined; // a `%` that is not followed by two hex digits
  }
}
