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
  const { env, stdin, stdout, stderr } = process;
  return {
    out: text => void stdout.write(text),
    err: text => void stderr.write(text),
    env,
    cwd: process.cwd(),
    width: stderr.isTTY ? Math.max(40, stderr.columns || 80) : 80,
    colour: stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb',
    interactive: stdin.isTTY && stderr.isTTY,
  };
}
