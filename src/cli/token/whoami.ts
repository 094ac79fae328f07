// `influx-sts whoami`: who the service takes the caller for, and what is open to them.
// It makes no token and never prints one.

import type { WhoAmI } from '../../client/answers.ts';
import { describeLimit } from '../../policy/language/limit.ts';
import { defineCommand, EXIT } from '../shell/command.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { switchedOffLines } from '../shell/switched-off.ts';
import { columns, plain } from '../shell/table.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from './caller.ts';

const NAME = 'whoami';

const HELP = `influx-sts ${NAME}: who you are to the service, and what is open to you

Usage: influx-sts ${NAME} [options]

Options:
  --claims              print all claims of your subject token, too
  --json                print it as JSON
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
`;

export const whoami = defineCommand({
  name: NAME,
  summary: 'who you are to the service, and what is open to you',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: { claims: { type: 'boolean' }, json: { type: 'boolean' }, ...SERVICE_OPTIONS },
  run: async ({ values }, terminal) =>
    withService(values, { name: NAME, terminal }, async (client) => {
      const identity = await client.whoami();
      const { out } = terminal;
      if (values.json === true) out.line(JSON.stringify(identity, null, 2));
      else for (const line of describe(identity, values.claims === true)) out.line(line);
      return EXIT.ok;
    }),
});

function describe(identity: WhoAmI, withClaims: boolean): readonly string[] {
  const { issuer, subject, description, claims, notes = [], expires_at: end, roles, owns = [], grants } = identity;
  const ends = grants.some(({ until }) => until !== undefined);
  const limited = grants.some(({ limit }) => limit !== undefined);
  const optional = (text: readonly [boolean, string][]) => text.flatMap(([shown, cell]) => (shown ? [cell] : []));
  const head = ['rule', 'instance', 'permissions', 'ttl', 'at most'].concat(
    optional([
      [ends, 'until'],
      [limited, 'limit'],
    ]),
  );
  const rows = grants.map((one) => [
    ...[one.rule, one.instance, one.permissions.join(' '), one.default_ttl, one.max_ttl],
    ...optional([
      [ends, one.until ?? ''],
      [limited, one.limit === undefined ? '' : describeLimit(one.limit)],
    ]),
  ]);
  return [
    plain(description),
    ...columns([
      ['  issuer', issuer],
      ...Object.entries(subject).map(([claim, value]) => [`  ${claim}`, value]),
      ['  until', end],
      ...(roles.length === 0 ? [] : [['  roles', roles.join(', ')]]),
      ...(owns.length === 0 ? [] : [['  owns', owns.join(', ')]]),
    ]),
    ...(withClaims ? ['claims', ...claimRows(claims)] : []),
    ...notes.map((note) => `note: ${plain(note)}`),
    ...(rows.length === 0
      ? ['no grants are open to you; "influx-sts explain" says why']
      : ['open to you', ...indented(columns([head, ...rows]))]),
    ...switchedOffLines(identity),
  ];
}

function claimRows(claims: WhoAmI['claims']): readonly string[] {
  return indented(columns(Object.entries(claims).map(([claim, value]) => [claim, JSON.stringify(value)])));
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
