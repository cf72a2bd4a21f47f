// What a program on a simulated host prints and ends with.

export interface Program {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const said = (stdout: string): Program => ({ code: 0, stdout: `${stdout}\n`, stderr: '' });
export const complains = (stderr: string): Program => ({ code: 1, stdout: '', stderr: `${stderr}\n` });
