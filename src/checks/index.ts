// The list of checks.

import type { AnyCheckKind, Checks } from '../look/check.ts';
import { caughtUp } from './caught-up.ts';
import { log } from './log.ts';
import { mostAdvanced } from './most-advanced.ts';
import { reachable } from './reachable.ts';
import { path } from './path.ts';
import { ready } from './ready.ts';
import { replaying } from './replaying.ts';
import { role } from './role.ts';
import { setting } from './setting.ts';
import { sql } from './sql.ts';
import { stopped } from './stopped.ts';
import { streaming } from './streaming.ts';
import { timeline } from './timeline.ts';
import { writable } from './writable.ts';

const all: readonly AnyCheckKind[] = [
  caughtUp,
  log,
  mostAdvanced,
  reachable,
  path,
  ready,
  replaying,
  role,
  setting,
  sql,
  stopped,
  streaming,
  timeline,
  writable,
];

export const checks: Checks = new Map(all.map(kind => [kind.name, kind]));
