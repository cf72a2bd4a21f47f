// lifeboat repo: making a repository, looking at it, and who may open it.

import { type Command, Option } from 'commander';
import type { Front } from './front.ts';

export function addRepository(program: Command, { terminal, inventory, coded }: Front): void {
  const repo = program.command('repo').description('repositories: making one, and who may open it');
  const named = (command: Command): Command =>
    inventory(command)
      .option('--repository <name>', 'which repository of the inventory; that of the cluster where absent')
      .addOption(new Option('--json', 'JSON on standard output'));
  const load = () => import('./repo.ts');

  named(repo.command('init'))
    .description('makes the repository, as the first backup would')
    .action(coded(async (options: object) => (await load()).init(terminal, options)));
  named(repo.command('info'))
    .description('what it is, who may open it, and whose backups it has; needs no key')
    .action(coded(async (options: object) => (await load()).info(terminal, options)));
  named(repo.command('mend'))
    .description('writes repository.json and its copy anew from whichever of the two is whole')
    .action(coded(async (options: object) => (await load()).mend(terminal, options)));

  const key = repo.command('key').description('who may open an encrypted repository; what was written stays as it is');
  named(key.command('add'))
    .description('lets one more open it')
    .option('--recipient <recipient>', 'the public half of a key pair, as lifeboat repo identity prints it')
    .option('--passphrase-file <file>', 'a file whose first line is the new passphrase')
    .option('--passphrase-env <variable>', 'the environment variable that holds the new passphrase')
    .action(coded(async (options: object) => (await load()).addKey(terminal, options)));
  named(key.command('remove').argument('<key>', 'the id or the recipient, as lifeboat repo info shows it'))
    .description('takes a key away, but for the last one')
    .action(coded(async (word: string, options: object) => (await load()).removeKey(terminal, word, options)));

  repo
    .command('identity')
    .argument('<file>', 'written anew, readable by its owner only')
    .description('makes a key pair; prints the recipient, which is its public half')
    .action(coded(async (file: string) => (await load()).identity(terminal, file)));
}
