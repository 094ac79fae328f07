// A command that calls the service as the caller: picks the subject token for the request.
// It never prints a token.

import type { Client } from '../../client/client.ts';
import { misuse, stop } from '../shell/command.ts';
import { ADDRESS_HELP, ADDRESS_OPTIONS, type AddressValues, type Asked, connect, reporting } from '../shell/service.ts';
import { type ChosenSource, chooseSource, SOURCE_HELP, SOURCE_OPTIONS, type SourceValues } from './subject-token.ts';

export const SERVICE_OPTIONS = { ...ADDRESS_OPTIONS, ...SOURCE_OPTIONS } as const;

export const SERVICE_HELP = `The service and the caller:
  ${ADDRESS_HELP}
  ${SOURCE_HELP}`;

/** For commands that take subject tokens only. */
export const TOKENS_BY = 'give a subject token by --subject-token-env, --subject-token-file or --subject-token-stdin';

export interface ServiceValues extends AddressValues, SourceValues {}

/** Lets `use` call the service as the caller; reports what went wrong. */
export async function withService(
  values: ServiceValues,
  asked: Asked,
  use: (client: Client) => Promise<number>,
): Promise<number> {
  const { name, terminal } = asked;
  const { audience } = values;
  let chosen: ChosenSource;
  const client = connect(values, asked, {
    subjectToken: (context) => chosen.give(context),
    ...(audience === undefined ? {} : { audience }),
  });
  if (!client.ok) return misuse(terminal, name, client.problem);
  const source = await chooseSource(values, client.value.origin, terminal);
  if (!source.ok) return stop(terminal, name, source.problem);
  chosen = source.value;
  return reporting(asked, chosen.name, () => use(client.value));
}
