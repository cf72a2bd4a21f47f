// A cluster has one receiver at a time: two would write the same journal.

export const receiverLease = { kind: 'receive', id: 'wal' } as const;
