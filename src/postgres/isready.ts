// What pg_isready's exit code says about a server.

/**
 * What a server does with a connection. `rejecting`: it starts up, shuts down or recovers from a crash. `no-response`: nobody
 * answers, which does not mean that nothing of it lives. `no-attempt`: pg_isready was called wrongly, so nothing is known.
 */
export type Readiness = 'accepting' | 'rejecting' | 'no-response' | 'no-attempt';

/** In the order of the exit codes 0 to 3 (manual, pg_isready, "Exit Status"). */
export const readinesses = [
  'accepting',
  'rejecting',
  'no-response',
  'no-attempt',
] as const satisfies readonly Readiness[];

/** The meaning of an exit code of pg_isready; undefined for any other, such as the shell's 127 where the program is missing. */
export function readinessOf(code: number): Readiness | undefined {
  return readinesses[code];
}

/** The exit code of pg_isready that says so. */
export function exitCodeOf(readiness: Readiness): number {
  return readinesses.indexOf(readiness);
}
