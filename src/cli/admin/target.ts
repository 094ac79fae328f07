// The InfluxDB instance that an admin subcommand works on, and the admin token that it uses there. The token comes from an environment
// variable or from standard input, never from an argument, which other processes could read; no message repeats it.

import type { Runtime } from '../../foundation/runtime.ts';
import { ADMIN_TOKEN_FORM } from '../../influx/admin-token.ts';
import { createInfluxClient, type InfluxClient } from '../../influx/client.ts';
import type { Silence } from '../../influx/silence.ts';
import { parseDuration } from '../../policy/language/duration.ts';
import { HEADER_VALUE_FORM } from '../../policy/language/instance-header.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { loadPolicy, POLICY_HELP, policyPath } from '../policy/file.ts';
import { didYouMean, EXIT, type Exit, misuse, stop } from '../shell/command.ts';
import { readText } from '../shell/input.ts';
import { createRuntime } from '../shell/runtime.ts';
import type { Terminal } from '../shell/terminal.ts';

export const TARGET_OPTIONS = {
  url: { type: 'string' },
  instance: { type: 'string' },
  policy: { type: 'string' },
  'token-env': { type: 'string' },
  'token-stdin': { type: 'boolean' },
  'sync-interval': { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const TARGET_HELP = `--url URL             the instance's address; or
  --instance NAME       an instance of the policy
  ${POLICY_HELP}
  --token-env NAME      the environment variable that holds an admin token (default: the policy's "admin_token" of
                        --instance, else INFLUXDB3_ADMIN_TOKEN)
  --token-stdin         read it from standard input instead
  --sync-interval D     in a cluster, how long its nodes take to learn of a change (default: that of --instance, else 0)
  --json                print one JSON object
  -h, --help            print this`;

export const ADMIN_EXIT_HELP =
  'Exit codes: 0 done, 1 InfluxDB or the command that stores the token failed, 2 wrong usage.';

export interface Target {
  /** Its name in the policy; empty where an address was given. */
  readonly instance: string;
  readonly url: string;
  /** For what stands in front of the server; secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly syncInterval: number;
  readonly adminToken: string;
  /** The environment variable that the token is in; no child needs it. */
  readonly tokenEnv: string;
  readonly client: InfluxClient;
  readonly runtime: Runtime;
}

type TargetValues = {
  readonly [name in Exclude<keyof typeof TARGET_OPTIONS, 'token-stdin' | 'json'>]?: string | undefined;
} & { readonly 'token-stdin'?: boolean | undefined };

const DEFAULT_TOKEN_ENV = 'INFLUXDB3_ADMIN_TOKEN';

/** Runs the work on the instance; or reports the problem and returns its exit code. */
export async function withTarget(
  values: TargetValues,
  command: string,
  terminal: Terminal,
  work: (target: Target) => Promise<Exit>,
): Promise<Exit> {
  const place = await readPlace(values, command, terminal);
  if (!place.ok) return place.exit;
  const token = await readAdminToken(values, place.tokenEnv, terminal);
  if (!token.ok) return misuse(terminal, command, token.problem);
  const headers = readHeaders(place.headers, terminal);
  if (!headers.ok) return misuse(terminal, command, headers.problem);

  const requests = new AbortController();
  const runtime = createRuntime(requests.signal);
  const { instance, url, syncInterval, tokenEnv } = place;
  const access = { instance, url, headers: headers.value };
  const client = createInfluxClient({ ...access, adminTokens: [token.value] }, runtime);
  try {
    return await work({ ...access, syncInterval, tokenEnv, adminToken: token.value, client, runtime });
  } finally {
    requests.abort();
  }
}

/** What to say when InfluxDB does not answer as it would to an admin. */
export function unanswered(
  outcome: 'refused' | Silence | null,
  { url }: Target,
  terminal: Terminal,
  command: string,
): Exit {
  const cause = outcome === null || outcome === 'refused' ? '' : ` (${outcome.cause})`;
  const problem =
    outcome === 'refused'
      ? `InfluxDB at ${url} does not accept the admin token`
      : `InfluxDB at ${url} did not answer, or not as InfluxDB does${cause}; see whether the url is right and the server runs`;
  return stop(terminal, command, problem, EXIT.faulty);
}

type Place =
  | ({ readonly ok: true; readonly headers: Readonly<Record<string, string>> } & Pick<
      Target,
      'instance' | 'url' | 'syncInterval' | 'tokenEnv'
    >)
  | { readonly ok: false; readonly exit: Exit };

async function readPlace(values: TargetValues, command: string, terminal: Terminal): Promise<Place> {
  const wrong = (problem: string): Place => ({ ok: false, exit: misuse(terminal, command, problem) });
  const given = values['sync-interval'];
  const syncInterval = given === undefined ? null : parseDuration(given);
  if (given !== undefined && syncInterval === null) return wrong('--sync-interval is no duration, such as 10s');
  if (!/^(?!apiv3_)\w+$/.test(values['token-env'] ?? DEFAULT_TOKEN_ENV)) {
    return wrong('--token-env takes the name of an environment variable');
  }
  if ((values.url === undefined) === (values.instance === undefined)) {
    return wrong('name the instance, either with --url or with --instance');
  }
  if (values.url !== undefined) {
    const problem = urlProblem(values.url);
    if (problem !== null) return wrong(`--url cannot be used: ${problem}`);
    const url = values.url.replace(/\/+$/, '');
    const tokenEnv = values['token-env'] ?? DEFAULT_TOKEN_ENV;
    return { ok: true, instance: '', url, headers: {}, syncInterval: syncInterval ?? 0, tokenEnv };
  }
  const loaded = await loadPolicy(policyPath(values.policy, terminal), command, terminal);
  if (!loaded.ok) return loaded;
  const { instances } = loaded.value.policy;
  const name = values.instance!;
  if (!Object.hasOwn(instances, name))
    return wrong(`no instance "${name}"; ${didYouMean(name, Object.keys(instances))}`);
  const instance = instances[name]!;
  return {
    ok: true,
    instance: name,
    url: instance.url,
    headers: instance.headers ?? {},
    syncInterval: syncInterval ?? instance.syncInterval,
    // The token of another instance would go to the wrong server.
    tokenEnv: values['token-env'] ?? instance.adminTokens[0]!,
  };
}

/** Private addresses are fine here: the command runs where the server is. */
function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'it is no address';
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if ([username, password, search, hash].some((part) => part !== '')) return 'it holds more than an address';
  if (protocol === 'https:') return null;
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'http:' && loopback ? null : 'it is not https';
}

async function readAdminToken(values: TargetValues, tokenEnv: string, terminal: Terminal): Promise<Parsed<string>> {
  const stdin = values['token-stdin'] === true;
  const where = stdin ? 'standard input' : `the environment variable ${tokenEnv}`;
  let text = terminal.env[tokenEnv];
  if (stdin) {
    const read = await readText('-');
    if (!read.ok) return read;
    text = read.value;
  }
  const token = (text ?? '').trim();
  if (token === '') {
    const remedy = stdin ? '' : '; set it, name another with --token-env, or use --token-stdin';
    return { ok: false, problem: `there is no admin token in ${where}${remedy}` };
  }
  if (!ADMIN_TOKEN_FORM.test(token)) return { ok: false, problem: `what is in ${where} has not the form of a token` };
  return { ok: true, value: token };
}

/** The values of further headers, from the variables that are called as the service's secrets are. */
function readHeaders(
  names: Readonly<Record<string, string>>,
  { env }: Terminal,
): Parsed<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const [header, variable] of Object.entries(names)) {
    const value = (env[variable] ?? '').trim();
    if (!HEADER_VALUE_FORM.test(value)) {
      const problem = value === '' ? 'is not set' : 'holds what no header can hold';
      return {
        ok: false,
        problem: `the policy sends the header ${header} there, and the variable ${variable} ${problem}`,
      };
    }
    values[header] = value;
  }
  return { ok: true, value: values };
}
