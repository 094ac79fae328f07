// `influx-sts exec`: runs a command that holds a database token for as long as it runs and no longer. It never starts the command without a
// token.

import { defineCommand, misuse } from '../shell/command.ts';
import { REQUEST_HELP, REQUEST_OPTIONS, readTokenRequest } from '../shell/request-options.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY } from './caller.ts';
import { runWithToken } from './exec-run.ts';

const NAME = 'exec';

const HELP = `influx-sts ${NAME}: run a command with a database token

Usage: influx-sts ${NAME} [options] -- COMMAND [ARGUMENT...]

The environment of the command holds
  INFLUXDB3_AUTH_TOKEN, INFLUX_TOKEN        a database token, good until it expires; enough for a short job
  INFLUXDB3_HOST_URL, INFLUX_HOST           the address of InfluxDB
  INFLUXDB3_DATABASE_NAME, INFLUX_DATABASE  the database, if the token is for one
  INFLUX_STS_TOKEN_FILE                     a file that always holds a fresh token: read it before each use in a long job
The command influxdb3 reads the names that begin with INFLUXDB3; InfluxDB's clients read the shorter ones.

Signals are passed on to the command, and its exit code is returned. When it ends, however it ends, every token is revoked
and the file is removed. If the process that started "influx-sts ${NAME}" ends first, that counts as SIGTERM. Start it
directly, in a script by the shell's own exec, because npx and other wrappers do not pass signals on.

Example: influx-sts ${NAME} --url https://sts.example.com -- influxdb3 query "SELECT 1"

Options:
  ${REQUEST_HELP}
  --database NAME       the database of these variables, where the token is for several
  --keep-identity       keep the variables that hold or give your subject token in the command's environment: by default
                        INFLUX_STS_ID_TOKEN, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN and that of
                        --subject-token-env are removed from it
  -h, --help            print this

${SERVICE_HELP}

Exit codes: that of the command; 128 and the signal's number when a signal ended it; 127 there is no such command; 126 it
cannot be run. When there is no token, and so no command: 1 the service failed, or something else answers or nothing; 2
wrong usage, or nothing says who you are; 3 the service refuses.
`;

export const exec = defineCommand({
  name: NAME,
  summary: 'run a command with a database token',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: {
    ...REQUEST_OPTIONS,
    database: { type: 'string' },
    'keep-identity': { type: 'boolean' },
    ...SERVICE_OPTIONS,
  },
  wraps: true,
  run: async ({ values }, terminal, command) => {
    if (command.length === 0) {
      return misuse(terminal, NAME, 'say behind "--" what to run, such as -- influxdb3 query "SELECT 1"');
    }
    const request = readTokenRequest(values);
    if (!request.ok) return misuse(terminal, NAME, request.problem);
    return runWithToken({ name: NAME, command, request: request.value, values }, terminal);
  },
});
