// A process is known to be gone only when that is sure.

import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { thisProcess } from '../../../src/drivers/this-process.ts';

describe('this process', () => {
  it('is not gone, and another of its number would be', () => {
    const { pid, born, gone, place } = thisProcess();
    expect(gone(pid, born)).toBe(false);
    expect(gone(pid, '1')).toBe(true);
    expect(place).toBe(thisProcess().place);
  });

  it('counts one whose beginning is not known as alive while its number is', () => {
    const { pid, gone } = thisProcess();
    expect(gone(pid, '')).toBe(false);
  });

  it('knows one that has ended as gone', async () => {
    const child = spawn('true', { stdio: 'ignore' });
    await new Promise(resolve => child.once('close', resolve));
    expect(thisProcess().gone(child.pid!, '')).toBe(true);
  });
});
