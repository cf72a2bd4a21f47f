// The front door's view of the world: streams, environment, whether a person is there.

/** stdout carries the result, stderr the talk. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Of stderr, where the live view stands; 80 where it is no terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** A person can see and type. */
  readonly interactive: boolean;
}

export function processTerminal(): Terminal {
  const { env } = process;
  // Node makes each of its streams when it is first asked for, which takes as long as to parse the command line.
  return {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    env,
    cwd: process.cwd(),
    get width() {
      return process.stderr.isTTY ? Math.max(40, process.stderr.columns || 80) : 80;
    },
    get colour() {
      return process.stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
    },
    get interactive() {
      return process.stdin.isTTY && process.stderr.isTTY;
    },
  };
}
