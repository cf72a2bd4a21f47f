// The command lines that Lifeboat runs on a host, interpreted by their arguments: no shell, no text matched that PostgreSQL does not define.

import type { Task } from '../../ports.ts';
import type { MemoryNode } from './node.ts';
import { setting } from './preflight.ts';
import { type Around, kill, promote, start, stop } from './server.ts';
import { logicalReading, logicalScript } from './logical.ts';
import { rescueReading, rescueScript } from './rescue.ts';
import { ownScript, textOf } from './standby.ts';
import { type Program, said } from './program.ts';
import { history, waldump } from './wal.ts';

/** Programs of the test's own, by their argument list; undefined where it is not one of them. */
export type OwnPrograms = (node: MemoryNode, argv: readonly string[]) => Program | undefined;

export interface Execution {
  /** Milliseconds until it has its effect, and from there to its end. */
  readonly before: number;
  readonly after: number;
  readonly effect: () => Program;
}

const notFound = (name: string): Program => ({ code: 127, stdout: '', stderr: `sh: 1: ${name}: not found\n` });

/** What one command line does, and how long that takes. */
export function execution(node: MemoryNode, argv: readonly string[], around: Around, own: OwnPrograms): Execution {
  const program = argv[0]?.split('/').at(-1) ?? '';
  if (program === 'pg_ctl') return pgCtl(node, argv, around);
  if (program === 'sh' && argv[3] === 'kill') return { before: 100, after: 100, effect: () => kill(node) };
  if (program === 'sh' && argv[3] === 'step-down') return stepDown(node, argv.slice(4), around);
  if (program === 'pg_verifybackup')
    return { before: 100, after: 10, effect: () => said('backup successfully verified') };
  if (program === 'sh') {
    const [, , , name = '', ...args] = argv;
    return {
      before: 200,
      after: 50,
      effect: () =>
        ownScript(node, name, args, around.find) ??
        logicalScript(node, name, args) ??
        rescueScript(node, name, args) ??
        own(node, argv) ??
        notFound(name),
    };
  }
  return {
    before: 10,
    after: 10,
    effect: () => own(node, argv) ?? rescueScript(node, program, argv) ?? notFound(program),
  };
}

/** The fence, then pg_ctl stop, with a word now and then on what that waits for. */
function stepDown(node: MemoryNode, [directory = '', , ...rest]: readonly string[], around: Around): Execution {
  const [names = '', line = '', ...stop] = rest;
  const stopping = pgCtl(node, stop, around);
  const effect = (): Program => {
    ownScript(node, 'fence', [directory, names, line], around.find);
    return stopping.effect();
  };
  return { ...stopping, effect };
}

function pgCtl(node: MemoryNode, argv: readonly string[], around: Around): Execution {
  const seconds = Number(argv[argv.indexOf('-t') + 1]);
  const mode = argv[argv.indexOf('-m') + 1] ?? 'fast';
  switch (argv.at(-1)) {
    case 'start':
      return { before: 200, after: 100, effect: () => start(node, around) };
    case 'stop':
      return { before: node.server?.frozen ? seconds * 1000 : 200, after: 100, effect: () => stop(node, mode, around) };
    case 'promote':
      return { before: 100, after: 100, effect: () => promote(node, around) };
    case 'restart':
      return { before: 300, after: 200, effect: () => restart(node, mode, around) };
    default:
      return { before: 10, after: 0, effect: () => notFound('pg_ctl') };
  }
}

function restart(node: MemoryNode, mode: string, around: Around): Program {
  const stopped = stop(node, mode, around);
  return stopped.code === 0 || node.sessions === 0 ? start(node, around) : stopped;
}

/** Programs that only read. */
export function reading(node: MemoryNode, argv: readonly string[], own: OwnPrograms): Program {
  const program = argv[0]?.split('/').at(-1) ?? '';
  if (program === 'cat' && (argv[1] ?? '').endsWith('.history')) return history(node, argv[1] ?? '');
  if (program === 'cat' && node.files.has(argv[1] ?? '')) return { ...said(''), stdout: textOf(node, argv[1] ?? '') };
  if (program === 'postgres' && argv[1] === '-C' && node.files.has(`${argv.at(-1) ?? ''}/PG_VERSION`))
    return said(setting(node, argv[2] ?? ''));
  if (program === 'sh') return own(node, argv) ?? logicalReading(node, argv[3] ?? '') ?? notFound(program);
  if (program === 'pg_waldump') return waldump(node, argv);
  return own(node, argv) ?? rescueReading(node, program) ?? notFound(program);
}

/** put and move. */
export function fileTask(node: MemoryNode, task: Exclude<Task, { task: 'argv' }>): Program {
  const ok: Program = { code: 0, stdout: '', stderr: '' };
  if (task.task === 'put') {
    node.files.set(task.path, { text: task.text });
    return ok;
  }
  const under = [...node.files].filter(([path]) => path === task.from || path.startsWith(`${task.from}/`));
  if (under.length === 0)
    return { code: 1, stdout: '', stderr: `cannot stat '${task.from}': No such file or directory\n` };
  for (const [path, file] of under) {
    node.files.delete(path);
    node.files.set(task.to + path.slice(task.from.length), file);
  }
  return ok;
}
