// How every command calls the service: its address, and what its errors mean.
// It never knows the caller's identity and prints no token.

import { type Client, type ClientOptions, createClient } from '../../client/client.ts';
import { type ClientEnvironment, webEnvironment } from '../../client/environment.ts';
import { StsError } from '../../client/error.ts';
import { describeRetry, type Retry } from '../../client/retry.ts';
import { misuse } from './command.ts';
import { reportError } from './refusal.ts';
import type { Terminal } from './terminal.ts';

export const ADDRESS_HELP =
  '--url URL                  address of the service (default: the environment variable INFLUX_STS_URL)';

export const ADDRESS_OPTIONS = { url: { type: 'string' } } as const;

export interface AddressValues {
  readonly url?: string | undefined;
}

export interface Asked {
  /** Of the command. */
  readonly name: string;
  readonly terminal: Terminal;
  readonly environment?: ClientEnvironment;
}

/** Lets `use` make calls that need no subject token; reports what went wrong. */
export async function withoutSubject(
  values: AddressValues,
  asked: Asked,
  use: (client: Client) => Promise<number>,
): Promise<number> {
  const client = connect(values, asked, { subjectToken: () => '' });
  if (!client.ok) return misuse(asked.terminal, asked.name, client.problem);
  return reporting(asked, null, () => use(client.value));
}

type Connected = { readonly ok: true; readonly value: Client } | { readonly ok: false; readonly problem: string };

/** A client for the address from the options or the environment. */
export function connect(
  values: AddressValues,
  { name, terminal, environment = webEnvironment }: Asked,
  caller: Pick<ClientOptions, 'subjectToken' | 'audience'>,
): Connected {
  const url = serviceUrl(values, terminal);
  if (url === null) return { ok: false, problem: 'say where the service is, with --url or INFLUX_STS_URL' };
  const said = values.url === undefined ? 'INFLUX_STS_URL' : '--url';
  if (!URL.canParse(url)) return { ok: false, problem: `${said} takes an address such as https://sts.example.com` };
  const onRetry = (retry: Retry) => terminal.err.line(`influx-sts ${name}: ${describeRetry(retry)}`);
  try {
    return { ok: true, value: createClient({ ...caller, url, environment, onRetry }) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { ok: false, problem: `${said}: ${error.message}` };
  }
}

/** Null when it is not set. */
export function serviceUrl({ url }: AddressValues, { env }: Terminal): string | null {
  const said = url ?? env.INFLUX_STS_URL ?? '';
  return said === '' ? null : said;
}

/** Runs `act`, and reports what went wrong when the service, or the way to it, fails. @param source where the subject token came from. */
export async function reporting(
  { name, terminal }: Asked,
  source: string | null,
  act: () => Promise<number>,
): Promise<number> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof StsError)) throw error;
    return reportError(error, name, terminal, source);
  }
}
