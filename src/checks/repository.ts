// repository: the cluster has one, and it can be opened.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';

export const repository = checkKind({
  name: 'repository',
  summary: 'The cluster has a repository, and it can be opened',
  params: Type.Object({}),
  example: '{ check: repository, on: primary }',
  words: () => 'the cluster has a repository that can be opened',
  async test(_on, _params, look): Promise<Verdict> {
    const kept = await look.kept();
    if (kept.is === 'later') return { is: 'holds', found: 'it is there' };
    if (kept.is === 'silent')
      return {
        ...kept,
        hint: 'name one for the cluster: backup: { repository: local }, and repositories: { local: { path: … } }',
      };
    return { is: 'holds', found: 'it is there' };
  },
  forecast: () => ({}),
});
