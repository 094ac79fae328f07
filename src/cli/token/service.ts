// The service as a command asks it: its address, who asks, and what an error means. It never prints a token.

import { type Client, createClient } from '../../client/client.ts';
import { type ClientEnvironment, webEnvironment } from '../../client/environment.ts';
import { StsError } from '../../client/error.ts';
import { misuse, stop } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { reportError } from './refusal.ts';
import { type ChosenSource, chooseSource, SOURCE_HELP, SOURCE_OPTIONS, type SourceValues } from './subject-token.ts';

export const ADDRESS_HELP =
  '--url URL                  address of the service (default: the environment variable INFLUX_STS_URL)';

export const ADDRESS_OPTIONS = { url: { type: 'string' } } as const;

export const SERVICE_OPTIONS = { ...ADDRESS_OPTIONS, ...SOURCE_OPTIONS } as const;

export const SERVICE_HELP = `The service, and who asks:
  ${ADDRESS_HELP}
  ${SOURCE_HELP}`;

/** For commands that take subject tokens alone. */
export const TOKENS_BY = 'give a subject token by --subject-token-env, --subject-token-file or --subject-token-stdin';

export interface AddressValues {
  readonly url?: string | undefined;
}

export interface ServiceValues extends AddressValues, SourceValues {}

export interface Asked {
  /** Of the command. */
  readonly name: string;
  readonly terminal: Terminal;
  readonly environment?: ClientEnvironment;
}

/** Lets `use` ask the service as the caller; says what went wrong. */
export async function withService(
  values: ServiceValues,
  asked: Asked,
  use: (client: Client) => Promise<number>,
): Promise<number> {
  const { name, terminal } = asked;
  const { audience } = values;
  let chosen: ChosenSource;
  const client = connect(values, asked, (context) => chosen.give(context), audience);
  if (!client.ok) return misuse(terminal, name, client.problem);
  const source = await chooseSource(values, client.value.origin, terminal);
  if (!source.ok) return stop(terminal, name, source.problem);
  chosen = source.value;
  return reporting(asked, chosen.name, () => use(client.value));
}

/** As `withService`, for what needs no subject token. */
export async function withoutSubject(
  values: AddressValues,
  asked: Asked,
  use: (client: Client) => Promise<number>,
): Promise<number> {
  const client = connect(values, asked, () => '', undefined);
  if (!client.ok) return misuse(asked.terminal, asked.name, client.problem);
  return reporting(asked, null, () => use(client.value));
}

type Connected = { readonly ok: true; readonly value: Client } | { readonly ok: false; readonly problem: string };

function connect(
  values: AddressValues,
  { terminal, environment = webEnvironment }: Asked,
  subjectToken: ChosenSource['give'],
  audience: string | undefined,
): Connected {
  const url = serviceUrl(values, terminal);
  if (url === null) return { ok: false, problem: 'say where the service is, with --url or INFLUX_STS_URL' };
  const said = values.url === undefined ? 'INFLUX_STS_URL' : '--url';
  if (!URL.canParse(url)) return { ok: false, problem: `${said} takes an address such as https://sts.example.com` };
  try {
    const options = { url, subjectToken, environment, ...(audience === undefined ? {} : { audience }) };
    return { ok: true, value: createClient(options) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { ok: false, problem: `${said}: ${error.message}` };
  }
}

/** Null when nobody says it. */
export function serviceUrl({ url }: AddressValues, { env }: Terminal): string | null {
  const said = url ?? env.INFLUX_STS_URL ?? '';
  return said === '' ? null : said;
}

async function reporting(
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
