// `influx-sts revoke`: ends a token early, by its name, by the lease that came with it, or by the token itself. The lease and the token are
// enough by themselves. It never takes the token as an argument, and never puts a credential into an address.

import { StsError } from '../../client/error.ts';
import { NAME_PREFIX } from '../../client/token-name.ts';
import { credentialIn } from '../../foundation/misplaced-credential.ts';
import { looksLikeLease } from '../../influx/lease.ts';
import { looksLikeDatabaseToken } from '../../influx/mint.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { defineCommand, EXIT, misuse, misuseToken, stop } from '../shell/command.ts';
import { readText } from '../shell/input.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { withoutSubject } from '../shell/service.ts';
import { plain } from '../shell/table.ts';
import type { Terminal } from '../shell/terminal.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, withService } from './caller.ts';

const NAME = 'revoke';

const HELP = `influx-sts ${NAME}: revoke a token before it expires

Usage: influx-sts ${NAME} (NAME | LEASE | - | --token-env VARIABLE | --lease-env VARIABLE) [options]

NAME is as "influx-sts list" shows it. It needs your subject token, and the token must be yours unless you are an operator.
The lease came with the token ("influx-sts token --format json" or env) and is enough by itself. So is the database token,
if you have nothing else. Never pass it as an argument, because other processes can see those. You can revoke twice.

Examples, after eval "$(influx-sts token --format env)":
  influx-sts ${NAME} --lease-env INFLUX_STS_LEASE
  influx-sts ${NAME} --token-env INFLUXDB3_AUTH_TOKEN
  printf %s "$TOKEN" | influx-sts ${NAME} -

Options:
  -, --token-stdin      the database token, or the lease, comes on standard input; --lease-stdin is the same
  --token-env VARIABLE  the environment variable that holds the database token, or the lease; --lease-env is the same
  --instance NAME       the InfluxDB instance of a database token, where the service has several
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
`;

const TOKENS_BY = `give a database token by --token-env VARIABLE, or by "-" on standard input, and revoke it, as it has been seen`;
const INSTEAD = 'give one of NAME, LEASE, -, --token-env, --token-stdin, --lease-env and --lease-stdin';

export const revoke = defineCommand({
  name: NAME,
  summary: 'revoke a token before it expires',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: {
    'token-env': { type: 'string' },
    'token-stdin': { type: 'boolean' },
    'lease-env': { type: 'string' },
    'lease-stdin': { type: 'boolean' },
    instance: { type: 'string' },
    ...SERVICE_OPTIONS,
  },
  positionals: ['[NAME]'],
  run: async ({ values, positionals: [named] }, terminal) => {
    const { instance } = values;
    const variables = [values['token-env'], values['lease-env']].filter((one) => one !== undefined);
    const inputs = [named === '-', values['token-stdin'], values['lease-stdin']].filter((one) => one === true);
    const argument = named === '-' ? undefined : named;
    if (variables.length + inputs.length + (argument === undefined ? 0 : 1) !== 1) {
      return misuse(terminal, NAME, INSTEAD);
    }
    if (argument !== undefined && !looksLikeLease(argument)) {
      if (credentialIn(argument) !== null) return misuseToken(terminal, NAME, TOKENS_BY);
      // Not repeated and not sent either: it may be a part of a token.
      if (!argument.startsWith(NAME_PREFIX)) {
        return misuse(
          terminal,
          NAME,
          `the argument is no name of a token, which begins with "${NAME_PREFIX}"; ${TOKENS_BY}`,
        );
      }
      if (instance !== undefined) return misuse(terminal, NAME, 'a name says its instance; leave --instance out');
      return revokeNamed(argument, values, terminal);
    }
    const credential =
      argument === undefined ? await readCredential(variables[0], terminal) : { ok: true as const, value: argument };
    if (!credential.ok) return stop(terminal, NAME, credential.problem);
    return revokeCredential(credential.value, values, terminal);
  },
});

type Values = Parameters<typeof withService>[0] & { readonly instance?: string | undefined };

function revokeNamed(named: string, values: Values, terminal: Terminal): Promise<number> {
  return withService(values, { name: NAME, terminal }, async (client) => {
    const state = await client.revokeByName(named);
    const pending = 'will be revoked, as soon as every node of the cluster has heard of it:';
    terminal.out.line(`${state === 'pending' ? pending : 'revoked'} ${plain(named)}`);
    return EXIT.ok;
  });
}

async function revokeCredential(credential: string, values: Values, terminal: Terminal): Promise<number> {
  const { instance } = values;
  let lacksInstance = false;
  const exit = await withoutSubject(values, { name: NAME, terminal }, async (client) => {
    await client.revoke(credential, instance === undefined ? {} : { instance }).catch((error) => {
      lacksInstance = error instanceof StsError && error.reason === 'request_malformed' && instance === undefined;
      throw error;
    });
    // For a database token, the service does not say whether there was one to revoke (RFC 7009 section 2.2).
    const unsaid = looksLikeLease(credential) ? '' : ', unless it is shared, or no token of this service and instance';
    terminal.out.line(`revoked${unsaid}`);
    return EXIT.ok;
  });
  if (lacksInstance) terminal.err.line('  to do    Name the instance that came with the token by --instance.');
  return exit;
}

/** From the variable, or otherwise from standard input. */
async function readCredential(variable: string | undefined, { env }: Terminal): Promise<Parsed<string>> {
  if (variable !== undefined && credentialIn(variable) !== null) {
    return { ok: false, problem: 'the option takes the name of an environment variable, not what that holds' };
  }
  const text = variable === undefined ? await readText('-') : { ok: true as const, value: env[variable] ?? '' };
  if (!text.ok) return text;
  const credential = text.value.trim();
  const where = variable === undefined ? 'standard input' : `the environment variable ${variable}`;
  if (looksLikeLease(credential) || looksLikeDatabaseToken(credential)) return { ok: true, value: credential };
  return { ok: false, problem: `${where} holds no lease and no whole database token` };
}
