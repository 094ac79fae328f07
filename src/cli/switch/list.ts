// `influx-sts switch list`: what is switched off, and how far each revocation is.
// It changes nothing.

import type { Switch } from '../../client/switches.ts';
import { defineCommand, EXIT } from '../shell/command.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { targetWords } from '../shell/switched-off.ts';
import { columns } from '../shell/table.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from '../token/caller.ts';

const NAME = 'switch list';

const HELP = `influx-sts ${NAME}: what is switched off

Usage: influx-sts ${NAME} [options]

Operators see every switch; owners of a rule see those on their rules and on everything. A switch that is over is shown
as long as its revocation goes on.

Options:
  --json                print them as a JSON array
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
`;

export const switchList = defineCommand({
  name: NAME,
  summary: 'what is switched off',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: { json: { type: 'boolean' }, ...SERVICE_OPTIONS },
  run: async ({ values }, terminal) =>
    withService(values, { name: NAME, terminal }, async (client) => {
      const switches = await client.switches.list();
      if (values.json === true) terminal.out.line(JSON.stringify(switches, null, 2));
      else if (switches.length === 0) terminal.err.line('nothing is switched off');
      else for (const line of columns([HEAD, ...switches.map(row)])) terminal.out.line(line);
      return EXIT.ok;
    }),
});

const HEAD = ['id', 'target', 'level', 'until', 'in force', 'revoking', 'why'];

function row({ id, target, level, until, on, in_force: inForce, revocation, why, note }: Switch): readonly string[] {
  const force = on ? (inForce ? 'yes' : 'not yet') : 'over';
  const words = note === undefined ? why : `${why} (${note})`;
  return [id, targetWords(target), level, until ?? '', force, revoking(revocation), words];
}

function revoking(revocation: Switch['revocation']): string {
  if (revocation === null) return '';
  const { state, revoked, left } = revocation;
  return state === 'done' ? `done, ${revoked}` : state === 'waiting' ? 'begins' : `${revoked}, ${left} left`;
}
