// The process that works in a repository, as its leases name it.

export interface Holder {
  /** Name of the machine, for people. */
  readonly host: string;
  /** Machine, boot and process namespace: only there does the number of a process mean anything. */
  readonly place: string;
  readonly pid: number;
  /** When this process began, as its host tells it. */
  readonly born: string;
  /** At this place that process does not run any more; false where that cannot be told. */
  readonly gone: (pid: number, born: string) => boolean;
}
