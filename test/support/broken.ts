// A failover in the lab that is cut somewhere: node1's postmaster is killed, and a session inside it goes on committing.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { Load } from '../../src/lab/load.ts';
import { type Event, Machine } from './lifeboat.ts';

export class Broken {
  readonly lab: Lab;
  readonly machine: Machine;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.machine = new Machine(lab.inventoryFile);
  }

  static async make(): Promise<Broken> {
    const lab = await createLab({ nodes: 2 });
    const [node1] = lab.nodes;
    if (!node1) throw new Error('no node');
    const load = await Load.start(lab, node1, { loop: true });
    await faults.get('killed')?.break(lab, node1, {});
    await load.stop();
    return new Broken(lab);
  }

  async remove(): Promise<void> {
    this.machine.remove();
    await this.lab.destroy();
  }

  /** kill -9 at each of these points in turn, `resume` in between; at the end all is as after a run that nobody cut: one primary, promoted once. */
  async killedAt(points: readonly Point[]): Promise<void> {
    const { lab, machine } = this;
    let run = '';
    for (const [name, point] of points) {
      const words = run === '' ? ['run', 'failover', '-p', 'down_for=1s'] : ['resume', run];
      const { ended } = machine.start([...words, '--yes', '--json'], (event, child) => {
        if (event.e === 'run') run = String(event['run']);
        if (point(event)) child.kill('SIGKILL');
      });
      expect((await ended).signal, name).toBe('SIGKILL');
    }

    const resumed = await machine.run('resume', run, '--yes');
    expect(resumed.stderr).toContain('done');
    expect(resumed.code).toBe(0);
    expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toContain('f');
    const log = readFileSync(lab.node('node2').log, 'utf8');
    expect(log.match(/received promote request/g)).toHaveLength(1);
    expect(log.match(/selected new timeline ID: 2/g)).toHaveLength(1);
    const began = machine.journal(run).filter(at('began', 'promote'));
    expect(began.length).toBeLessThanOrEqual(2);
    await expect(lab.psql('node1', 'select 1')).rejects.toThrow();
  }
}

/** A moment of a run, with its name. */
export type Point = readonly [name: string, is: (event: Event) => boolean];

/** Whether an event is of this kind, step and op. */
export const at =
  (e: string, step: string, op?: string) =>
  (event: Event): boolean =>
    event.e === e && event.step === step && (op === undefined || (event['op'] as { do: { op: string } }).do.op === op);
