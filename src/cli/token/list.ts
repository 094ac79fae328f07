// `influx-sts list`: the live tokens of the caller, or for operators everybody's.
// It shows names, and never a token.

import type { ListedToken } from '../../client/answers.ts';
import { defineCommand, EXIT, stop } from '../shell/command.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { columns, plain } from '../shell/table.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from './caller.ts';

const NAME = 'list';

const HELP = `influx-sts ${NAME}: your live tokens

Usage: influx-sts ${NAME} [options]

Options:
  --all                 everybody's; for operators
  --rule NAME           only what this rule granted
  --instance NAME       only on this instance
  --json                print them as a JSON array
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
If an InfluxDB instance does not answer, the tokens of the others are printed, standard error names the instance, and the
exit code is 1.
`;

export const list = defineCommand({
  name: NAME,
  summary: 'your live tokens',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: {
    all: { type: 'boolean' },
    rule: { type: 'string' },
    instance: { type: 'string' },
    json: { type: 'boolean' },
    ...SERVICE_OPTIONS,
  },
  run: async ({ values }, terminal) => {
    const { all = false, rule, instance, json = false } = values;
    const query = { all, ...(rule === undefined ? {} : { rule }), ...(instance === undefined ? {} : { instance }) };
    return withService(values, { name: NAME, terminal }, async (client) => {
      const tokens: ListedToken[] = [];
      const unread = new Set<string>();
      const onIncomplete = (instances: readonly string[]) => {
        for (const instance of instances) unread.add(instance);
      };
      for await (const token of client.list(query, { onIncomplete })) tokens.push(token);
      if (json) terminal.out.line(JSON.stringify(tokens, null, 2));
      else if (tokens.length === 0 && unread.size === 0) terminal.err.line('there are no live tokens');
      else if (tokens.length === 0) terminal.err.line('no live tokens were found');
      else for (const line of columns([HEAD, ...tokens.map(row)])) terminal.out.line(line);
      if (unread.size === 0) return EXIT.ok;
      const names = [...unread].map((name) => `"${plain(name)}"`).join(', ');
      const problem = `the list is not complete: ${names} did not answer, and what lives there is missing. Ask again`;
      return stop(terminal, NAME, problem, EXIT.faulty);
    });
  },
});

const HEAD = ['rule', 'instance', 'permissions', 'ends', 'name'];

function row({ rule, instance, permissions, expires_at: end, name, shared }: ListedToken): readonly string[] {
  return [rule, instance, permissions.join(' '), end, shared ? `${name} (shared)` : name];
}
