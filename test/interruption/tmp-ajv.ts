import { vi } from 'vitest';
vi.mock('ajv/dist/2020.js', async original => {
  const { Ajv2020 } = await original<typeof import('ajv/dist/2020.js')>();
  class Patched extends Ajv2020 {
    override addVocabulary(words: never): this {
      if (String(words).includes('x-lifeboat') && this.RULES.keywords['x-lifeboat']) return this;
      return super.addVocabulary(words);
    }
  }
  return { Ajv2020: Patched };
});
