// An argument list as a person would type it into a POSIX shell.

/** Quotes one argument, only where the shell would otherwise read something else than what is meant. */
export function quote(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`;
}

/** A command line that can be pasted. A first word such as `A=b` is quoted, for the shell would take it as an assignment. */
export function commandLine(argv: readonly string[]): string {
  return argv
    .map((arg, at) => (at === 0 && arg.includes('=') ? `'${arg.replaceAll("'", `'\\''`)}'` : quote(arg)))
    .join(' ');
}
