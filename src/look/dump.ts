// What a logical backup says of itself: backup.json, as its server wrote it when it was made.

/** Its directory holds this file, `globals.sql`, `databases/`, `configuration/` and `SHA256SUMS`, which lists all the others. */
export const dumpFile = 'backup.json';

export interface DumpLocale {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** pg_database.datlocprovider: libc, icu, builtin; all were libc before 15. */
  readonly provider: 'c' | 'i' | 'b';
  /** The provider's own locale. */
  readonly locale: string | null;
  readonly icuRules: string | null;
}

export interface DumpedDatabase extends DumpLocale {
  readonly name: string;
  /** Below `databases`: a file, or a directory where it was dumped in parallel. */
  readonly archive: string;
  /** On the server's disk, not in the archive. */
  readonly bytes: number;
}

export interface DumpedTablespace {
  readonly name: string;
  readonly directory: string;
  readonly bytes: number;
}

export interface DumpedSlot {
  readonly name: string;
  readonly type: 'physical' | 'logical';
}

export interface Dump {
  readonly format: 1;
  readonly made: string;
  readonly cluster: string;
  /** Whose configuration it holds. */
  readonly node: string;
  readonly role: 'primary' | 'standby';
  readonly systemId: string;
  /** server_version_num. */
  readonly version: number;
  readonly bootstrapRole: string;
  /** Of the template that initdb makes. */
  readonly locale: DumpLocale;
  readonly checksums: boolean;
  /** Bytes. */
  readonly walSegmentSize: number;
  readonly groupAccess: boolean;
  readonly dataDirectory: string;
  readonly configFile: string;
  readonly databases: readonly DumpedDatabase[];
  /** Databases that nobody could connect to, with the reason. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  readonly tablespaces: readonly DumpedTablespace[];
  readonly slots: readonly DumpedSlot[];
  /** Names of settings made with ALTER SYSTEM. */
  readonly altered: readonly string[];
  /** What is in no logical backup, and how it is carried over: for people. */
  readonly notInHere: readonly string[];
}

/** Undefined where it is none, or one of a form to come. Who changed it is found out by its SHA-256, not here. */
export function parseDump(text: string): Dump | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const dump = value as Partial<Dump> | null;
  if (typeof dump !== 'object' || dump?.format !== 1) return undefined;
  const lists = [dump.databases, dump.leftOut, dump.tablespaces, dump.slots, dump.altered, dump.notInHere];
  const whole = lists.every(list => Array.isArray(list)) && typeof dump.version === 'number';
  // Below `databases` and nowhere else.
  const safe = dump.databases?.every(({ archive }) => typeof archive === 'string' && /^[\w%][\w%.-]*$/.test(archive));
  return whole && safe === true ? (dump as Dump) : undefined;
}
