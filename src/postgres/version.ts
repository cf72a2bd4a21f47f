// PostgreSQL's version numbers, and what changed in which of them.

export interface Version {
  /** 13 to 18 today; 9 for everything before 10, where the first two numbers made the major version. */
  readonly major: number;
  readonly minor: number;
  /** `15.18`, `18beta1`. */
  readonly text: string;
}

/** The majors that Lifeboat works with. */
export const oldest = 13;
export const newest = 18;

/**
 * Finds the version in what a program or a server says about itself: `pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`,
 * `PostgreSQL 15.18 on x86_64…`, `SHOW server_version`, the one line of a `PG_VERSION` file. Undefined where there is none.
 */
export function parseVersion(text: string): Version | undefined {
  const match = /^(?:.*?PostgreSQL\)? )?(\d{1,3})(?:\.(\d+))?((?:\.\d+)?(?:devel|beta\d+|rc\d+)?)(?![\w.])/.exec(
    text.trim(),
  );
  if (!match) return undefined;
  const [, major = '', minor, rest = ''] = match;
  return {
    major: Number(major),
    minor: Number(minor ?? 0),
    text: `${major}${minor === undefined ? '' : `.${minor}`}${rest}`,
  };
}

/** From `server_version_num`: 150018 is 15.18, 90325 is 9.3.25. Undefined where the number is none. */
export function versionFromNumber(number: number): Version | undefined {
  if (!Number.isInteger(number) || number < 70000) return undefined;
  const major = Math.floor(number / 10000);
  if (major >= 10) return { major, minor: number % 10000, text: `${major}.${number % 10000}` };
  const minor = Math.floor(number / 100) % 100;
  return { major, minor, text: `${major}.${minor}.${number % 100}` };
}

/** The version of a `server_version_num` that a server itself reported. Throws a RangeError where the number is none. */
export function versionOf(number: number): Version {
  const version = versionFromNumber(number);
  if (!version) throw new RangeError(`not a PostgreSQL version number: ${number}`);
  return version;
}

/** Whether Lifeboat works with this major. */
export function supported(version: Version): boolean {
  return version.major >= oldest && version.major <= newest;
}

/** A reload is enough to change `restore_command`; 13 needs a restart (release notes 14). */
export const restoreCommandReloads = (version: Version): boolean => version.major >= 14;
/** A reload is enough to change `primary_conninfo` and `primary_slot_name` (release notes 13). */
export const primaryConninfoReloads = (version: Version): boolean => version.major >= 13;
/** In `archive_command` and `restore_command`, `%` before anything but p, f, r or % is FATAL; before 16 it stood for itself. */
export const percentMustBeDoubled = (version: Version): boolean => version.major >= 16;
/** `pg_amcheck` exists (release notes 14). */
export const hasAmcheck = (version: Version): boolean => version.major >= 14;
/** `log_destination` knows `jsonlog` (release notes 15). */
export const hasJsonLog = (version: Version): boolean => version.major >= 15;
/** The replication command BASE_BACKUP takes its options in parentheses (release notes 15). */
export const baseBackupTakesParentheses = (version: Version): boolean => version.major >= 15;
/** The replication command READ_REPLICATION_SLOT exists (release notes 15). */
export const readsReplicationSlot = (version: Version): boolean => version.major >= 15;
/** A file named by `promote_trigger_file` promotes, too; the setting went away in 16. */
export const hasPromoteTriggerFile = (version: Version): boolean => version.major <= 15;
/** `pg_basebackup --incremental` and `pg_combinebackup` exist (release notes 17). */
export const hasIncrementalBackup = (version: Version): boolean => version.major >= 17;
/** `pg_verifybackup` reads tar files, though it cannot parse WAL in them (release notes 18). */
export const verifiesTar = (version: Version): boolean => version.major >= 18;
/** initdb turns data checksums on unless told not to (release notes 18). */
export const checksumsByDefault = (version: Version): boolean => version.major >= 18;
/** `pg_rewind --config-file` exists, for clusters whose postgresql.conf lies outside the data directory (release notes 15). */
export const rewindTakesConfigFile = (version: Version): boolean => version.major >= 15;
/** Recovery is asked for by `standby.signal` and `recovery.signal`; before 12 by `recovery.conf`, which today is FATAL. */
export const usesSignalFiles = (version: Version): boolean => version.major >= 12;
