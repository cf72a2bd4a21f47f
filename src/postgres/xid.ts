// Numbers of transactions: 32 bits that go round (manual 24.1.5).

/** Whether `a` was given out after `b`, as long as less than half of all numbers lie between them. */
export const xidAfter = (a: number, b: number): boolean => ((a - b) | 0) > 0;
