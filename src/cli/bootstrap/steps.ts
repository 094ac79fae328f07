// What to do with the files that `influx-sts bootstrap` wrote: the server's options, and commands to paste into a shell. They name files
// and secrets, and never hold a token.

import { OPERATOR_TOKEN } from '../../influx/admin-token.ts';
import type { Instance } from '../../policy/language/compiled.ts';
import { formatDuration } from '../../policy/language/duration.ts';
import { shellWord } from '../shell/shell-word.ts';

export interface Written {
  readonly instance: Instance;
  readonly adminTokenName: string;
  readonly adminTokenFile: string;
  /** Null when the policy lists nothing for the instance. */
  readonly permissionTokensFile: string | null;
  /** Where the operator token goes that InfluxDB makes. */
  readonly operatorTokenFile: string;
}

export interface ServerOptions {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Step {
  readonly say: string;
  readonly paste: readonly string[];
}

export function serverOptions({ adminTokenFile, permissionTokensFile }: Written): ServerOptions {
  const permissions = permissionTokensFile === null ? [] : [permissionTokensFile];
  return {
    arguments: [
      ...['--admin-token-file', adminTokenFile],
      ...permissions.flatMap((file) => ['--permission-tokens-file', file]),
    ],
    environment: Object.fromEntries([
      ['INFLUXDB3_ADMIN_TOKEN_FILE', adminTokenFile],
      ...permissions.map((file) => ['INFLUXDB3_PERMISSION_TOKENS_FILE', file]),
    ]),
  };
}

/** From the file to the standard input of the next command, without a newline. Node is available, because this command runs on it. */
const READ_TOKEN = `node -e 'process.stdout.write(JSON.parse(require("fs").readFileSync(0)).token)' <`;

/** Gives the service its admin token: the one in the file, or a named one that is made with the operator token in the file. */
export function storeCommand({ instance, adminTokenName, adminTokenFile }: Written): string {
  const put = `npx wrangler secret put ${instance.adminTokens[0]}`;
  const read = `${READ_TOKEN} ${shellWord(adminTokenFile)} |`;
  if (adminTokenName !== OPERATOR_TOKEN) return `${read} ${put}`;
  const cluster = instance.syncInterval === 0 ? '' : ` --sync-interval ${formatDuration(instance.syncInterval)}`;
  // By its name the policy's further headers go along.
  const target =
    instance.headers === undefined ? `--url ${shellWord(instance.url)}${cluster}` : `--instance ${instance.name}`;
  return `${read} npx influx-sts admin rotate ${target} --token-stdin -- ${put}`;
}

/** Where InfluxDB listens unless it is told otherwise. */
const INFLUXDB_PORT = '8181';

/**
 * Makes the operator token before somebody else does; null when the file holds it. Run it on the server, while nobody else can reach that.
 */
export function operatorCommand({ instance, adminTokenName, operatorTokenFile }: Written): string | null {
  if (adminTokenName === OPERATOR_TOKEN) return null;
  const url = `http://127.0.0.1:${new URL(instance.url).port || INFLUXDB_PORT}/api/v3/configure/token/admin`;
  // Into a new file: an existing one would keep its mode, no matter who can read it.
  return `(umask 077; set -C; curl -fsS -X POST ${url} > ${shellWord(operatorTokenFile)})`;
}

/** In their order. */
export function stepsOf(written: Written): readonly Step[] {
  const { adminTokenFile, permissionTokensFile, operatorTokenFile } = written;
  const { arguments: words, environment } = serverOptions(written);
  const operator = operatorCommand(written);
  const variables = Object.entries(environment).map(([name, file]) => `${name}=${shellWord(file)}`);
  const kept = operator === null ? adminTokenFile : operatorTokenFile;
  const deleted = [
    ...(operator === null ? [] : [adminTokenFile]),
    ...(permissionTokensFile === null ? [] : [permissionTokensFile]),
  ];
  return [
    {
      say: `Put the file${permissionTokensFile === null ? '' : 's'} on the server's machine, mode 0600 and owned by the user that runs the server, and start it with these options, or these variables:`,
      paste: [words.map(shellWord).join(' '), ...variables],
    },
    ...(operator === null
      ? []
      : [
          {
            say: 'At once, on the server itself, while nobody else reaches it: make its operator token, which anyone who asks first receives.',
            paste: [operator],
          },
        ]),
    {
      say: operator === null ? 'Make a named admin token that the service keeps:' : 'Give the service its admin token:',
      paste: [storeCommand(written)],
    },
    {
      say: 'Take the options away again: with them, a token that was deleted comes back with the next start.',
      paste: [],
    },
    { say: `Move ${kept}, the operator token, to where you keep such things.`, paste: [] },
    ...(permissionTokensFile === null
      ? []
      : [{ say: `Hand out the static tokens from ${permissionTokensFile}.`, paste: [] }]),
    ...(deleted.length === 0
      ? []
      : [{ say: `Delete ${deleted.join(' and ')}, here and on the server's machine.`, paste: [] }]),
  ];
}
