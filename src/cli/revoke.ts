// `influx-sts revoke`: ends a token before its time, by its name or by the lease that came with it. A lease can do nothing else, and needs
// no subject token.

import { looksLikeLease } from '../influx/lease.ts';
import type { Parsed } from '../policy/permission.ts';
import { defineCommand, EXIT, misuse, stop } from './command.ts';
import { readText } from './input.ts';
import { SERVICE_EXIT_HELP } from './refusal.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, withoutSubject, withService } from './service.ts';
import { plain } from './table.ts';
import type { Terminal } from './terminal.ts';

const NAME = 'revoke';

const HELP = `influx-sts ${NAME}: revoke a token before its end

Usage: influx-sts ${NAME} (NAME | LEASE | --lease-env VARIABLE | --lease-stdin) [options]

NAME is as "influx-sts list" shows it; it takes your subject token, and the token must be yours unless you are an operator.
The lease came with the token ("influx-sts token --format json" or env) and is enough by itself. Revoking twice is fine.

Example, after eval "$(influx-sts token --format env)": influx-sts ${NAME} --lease-env INFLUX_STS_LEASE

Options:
  --lease-env VARIABLE  the environment variable that holds the lease
  --lease-stdin         the lease comes on standard input
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
`;

export const revoke = defineCommand({
  name: NAME,
  summary: 'revoke a token before its end',
  help: HELP,
  options: { 'lease-env': { type: 'string' }, 'lease-stdin': { type: 'boolean' }, ...SERVICE_OPTIONS },
  positionals: ['[NAME]'],
  run: async ({ values, positionals: [named] }, terminal) => {
    const { 'lease-env': variable, 'lease-stdin': stdin = false } = values;
    if ([named !== undefined, variable !== undefined, stdin].filter(Boolean).length !== 1) {
      return misuse(terminal, NAME, 'give one of NAME, LEASE, --lease-env and --lease-stdin');
    }
    const { out } = terminal;
    const asked = { name: NAME, terminal };
    if (named !== undefined && !looksLikeLease(named)) {
      return withService(values, asked, async (client) => {
        const state = await client.revokeByName(named);
        const pending = 'will be revoked, as soon as every node of the cluster has heard of it:';
        out.line(`${state === 'pending' ? pending : 'revoked'} ${plain(named)}`);
        return EXIT.ok;
      });
    }
    const lease = named === undefined ? await readLease(variable, terminal) : { ok: true as const, value: named };
    if (!lease.ok) return stop(terminal, NAME, lease.problem);
    return withoutSubject(values, asked, async (client) => {
      await client.revoke(lease.value);
      out.line('revoked');
      return EXIT.ok;
    });
  },
});

async function readLease(variable: string | undefined, { env }: Terminal): Promise<Parsed<string>> {
  const text = variable === undefined ? await readText('-') : { ok: true as const, value: env[variable] ?? '' };
  if (!text.ok) return text;
  const lease = text.value.trim();
  const where = variable === undefined ? 'standard input' : `the environment variable ${variable}`;
  return looksLikeLease(lease) ? { ok: true, value: lease } : { ok: false, problem: `${where} holds no lease` };
}
