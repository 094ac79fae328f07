// Every option of every command is one that a person can find: in the command's own help, and on a page.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adminCommand } from '../../src/cli/admin/admin.ts';
import { auditCommand } from '../../src/cli/audit/audit.ts';
import { bootstrapCommand } from '../../src/cli/bootstrap/bootstrap.ts';
import { login, logout } from '../../src/cli/login/login.ts';
import { policyCommand } from '../../src/cli/policy/policy.ts';
import { switchCommand } from '../../src/cli/switch/switch.ts';
import { exec } from '../../src/cli/token/exec.ts';
import { explain } from '../../src/cli/token/explain.ts';
import { list } from '../../src/cli/token/list.ts';
import { revoke } from '../../src/cli/token/revoke.ts';
import { token } from '../../src/cli/token/token.ts';
import { whoami } from '../../src/cli/token/whoami.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMANDS = [token, exec, login, logout, whoami, explain, list, revoke, bootstrapCommand].concat(
  policyCommand.subcommands,
  adminCommand.subcommands,
  auditCommand.subcommands,
  switchCommand.subcommands,
);

async function pages(): Promise<string> {
  const files = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((file) => file.endsWith('.md'));
  return (await Promise.all(files.map((file) => readFile(join(ROOT, 'docs', file), 'utf8')))).join('\n');
}
const names = (text: string, option: string) => new RegExp(`--${option}(?![\\w-])`).test(text);

test('are all the commands that the help lists', async () => {
  const main = await readFile(join(ROOT, 'src/cli/main.ts'), 'utf8');
  const listed = [...main.matchAll(/^ {2}'[^']+': \[([^\]{}]*)\]/gm)].flatMap(([, commands]) => commands!.split(', '));
  expect(listed.length).toBeGreaterThan(7);
  expect(listed.filter((name) => !COMMANDS.some((command) => command.name === name))).toEqual([]);
});

test.each(COMMANDS.map((command) => [command.name, command] as const))('%s', async (_name, { help, options }) => {
  const documented = await pages();
  expect({
    'missing in the help': options.filter((option) => !names(help, option)),
    'missing on every page': options.filter((option) => option !== 'help' && !names(documented, option)),
  }).toEqual({ 'missing in the help': [], 'missing on every page': [] });
});
