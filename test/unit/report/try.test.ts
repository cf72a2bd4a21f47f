import { test } from 'vitest';
import { planOf, frozen, gone, healthy, checks } from '/work/main/test/unit/report/fixture.ts';
import { planText } from '/work/main/src/report/plan-text.ts';
test('x', async () => {
  for (const w of [frozen, gone, healthy])
    console.log(
      planText(await planOf(w), { checks, command: 'lifeboat run failover' }, { width: 80, colour: false }) +
        '\n=======',
    );
});
