// Ctrl-C of `lifeboat run failover`: once ends it in an orderly way, twice at once.

import { afterEach, describe, expect, it } from 'vitest';
import { at, Broken } from '../../support/broken.ts';

let broken: Broken;
afterEach(() => broken.remove());

describe('Ctrl-C', () => {
  it('once: exits 130 and can be resumed', async () => {
    broken = await Broken.make();
    const { machine } = broken;
    let run = '';
    const { ended } = machine.start(['run', 'failover', '-p', 'down_for=1s', '--yes', '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (at('began', 'fence')(event)) child.kill('SIGINT');
    });
    const said = await ended;
    expect(said.code, said.stdout + said.stderr).toBe(130);
    const events = machine.journal(run);
    expect(events.some(at('ended', 'fence'))).toBe(true);
    expect(events.at(-1)).toMatchObject({ e: 'end', exit: 130 });
    expect((await machine.run('resume', run, '--yes')).code).toBe(0);
  });

  it('twice: leaves at once and can be resumed', async () => {
    broken = await Broken.make();
    const { machine } = broken;
    let run = '';
    const { ended } = machine.start(['run', 'failover', '-p', 'down_for=60s', '--yes', '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (!at('began', 'really-down')(event)) return;
      child.stderr?.once('data', () => child.kill('SIGINT'));
      child.kill('SIGINT');
    });
    expect((await ended).code).toBe(130);
    const resumed = await machine.run('undo', run, '--yes');
    expect(resumed.code).toBe(0);
  });
});
