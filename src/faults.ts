// The one error class of Lifeboat: a fact, where it was seen, and the next command to type.

/** What a fault means for the exit code (DESIGN.md, "The front door"). Below 10 nothing was changed. */
export const exits = {
  ok: 0,
  bug: 1,
  usage: 2,
  invalid: 3,
  refused: 4,
  unreachable: 5,
  locked: 6,
  failed: 10,
  'failed-no-primary': 11,
  unknown: 12,
  missed: 13,
  waiting: 20,
  interrupted: 130,
} as const;

export type FaultCode = Exclude<keyof typeof exits, 'ok' | 'bug'>;

export interface FaultDetails {
  /** The node the fact was seen on; it is put in front of the message. */
  readonly on?: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An error meant for the operator: `message` is a fact in lower case without a full stop, `hint` the next command to type.
 * Anything else that is thrown is a bug of ours and leaves with exit 1 and a stack.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly on: string | undefined;
  readonly hint: string | undefined;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(details.on === undefined ? message : `${details.on}: ${message}`, { cause: details.cause });
    this.code = code;
    this.on = details.on;
    this.hint = details.hint;
  }

  get exit(): number {
    return exits[this.code];
  }
}

/** The text an operator reads: the message, then each hint on a line of its own. */
export function faultText(fault: Fault): string {
  const hint = fault.hint === undefined ? '' : `\nHINT: ${fault.hint.replaceAll('\n', '\n      ')}`;
  return `lifeboat: ${fault.message}${hint}`;
}

/** A union member that the code does not know: a bug, never the operator's mistake. */
export function never(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
