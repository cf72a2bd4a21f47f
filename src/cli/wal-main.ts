// A front door of its own for `wal push` and `wal get`: a server begins one for every 16 MB that it writes, and most of what that costs is to begin.

import { addWalFiles, walCommand } from './commands-wal-files.ts';
import { frontDoor } from './front-door.ts';

const { program, enter, ...front } = frontDoor();
addWalFiles(walCommand(program), front);
enter();
