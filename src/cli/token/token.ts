// `influx-sts token`: prints a database token.
// It never prints anything else on standard output.

import type { DatabaseToken } from '../../client/database-token.ts';
import { defineCommand, didYouMean, EXIT, misuse } from '../shell/command.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { REQUEST_HELP, REQUEST_OPTIONS, readTokenRequest } from '../shell/request-options.ts';
import { plain } from '../shell/table.ts';
import { maskInActions } from './actions-mask.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from './caller.ts';
import { exportLines, foreignDatabase, variablesFor } from './influx-variables.ts';

const NAME = 'token';
const FORMATS = ['token', 'json', 'env'] as const;
type Format = (typeof FORMATS)[number];

const HELP = `influx-sts ${NAME}: print a database token

Usage: influx-sts ${NAME} [options]

Exchanges your subject token for a database token, which is good until it expires. "influx-sts exec" also revokes it.

Examples:
  TOKEN=$(influx-sts ${NAME} --url https://sts.example.com)
  eval "$(influx-sts ${NAME} --format env)"

Options:
  ${REQUEST_HELP}
  --format FORMAT       token: the token alone (the default); json: the whole answer of the service; env: lines that a
                        shell evaluates, with INFLUXDB3_AUTH_TOKEN, INFLUXDB3_HOST_URL and, when it is clear,
                        INFLUXDB3_DATABASE_NAME for the command influxdb3; INFLUX_TOKEN, INFLUX_HOST and INFLUX_DATABASE
                        for InfluxDB's clients; and INFLUX_STS_LEASE, with which "influx-sts revoke" revokes it
  --json                the same as --format json
  --database NAME       the database of these variables, where the token is for several
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
`;

export const token = defineCommand({
  name: NAME,
  summary: 'print a database token',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: {
    ...REQUEST_OPTIONS,
    format: { type: 'string' },
    json: { type: 'boolean' },
    database: { type: 'string' },
    ...SERVICE_OPTIONS,
  },
  run: async ({ values }, terminal) => {
    const { format: word, json, database } = values;
    if (word !== undefined && json === true && word !== 'json')
      return misuse(terminal, NAME, 'give one of --format and --json');
    const format = FORMATS.find((one) => one === (word ?? (json === true ? 'json' : 'token')));
    if (format === undefined)
      return misuse(terminal, NAME, `--format ${word} is unknown; ${didYouMean(word!, FORMATS)}`);
    const request = readTokenRequest(values);
    if (!request.ok) return misuse(terminal, NAME, request.problem);
    return withService(values, { name: NAME, terminal }, async (client) => {
      const vended = await client.exchange(request.value);
      maskInActions([vended.token, vended.lease], terminal);
      const complaint = foreignDatabase(vended, database);
      if (complaint !== null) terminal.err.line(`influx-sts ${NAME}: ${plain(complaint)}`);
      for (const line of formatted(vended, format, database)) terminal.out.line(line);
      return EXIT.ok;
    });
  },
});

function formatted(vended: DatabaseToken, format: Format, database: string | undefined): readonly string[] {
  switch (format) {
    case 'token':
      return [vended.token];
    case 'json':
      return [JSON.stringify(vended, null, 2)];
    case 'env':
      return exportLines({ ...variablesFor(vended, database), INFLUX_STS_LEASE: vended.lease ?? undefined });
  }
}
