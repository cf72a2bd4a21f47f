// Statements as a person would type them at the shell prompt of any machine that reaches the server.

import { commandLine } from '../postgres/shell.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';

export function inPsql({ postgres }: NodeSite, ...statements: readonly string[]): string {
  const port = postgres.port === 5432 ? [] : ['-p', String(postgres.port)];
  return commandLine(['psql', '-h', postgres.host, ...port, ...statements.flatMap(statement => ['-c', statement])]);
}
