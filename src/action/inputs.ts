// The action's inputs, as the workflow gives them: each is checked here and nowhere else. It only reads variables, and never makes a
// request.

import { getInput } from '@actions/core';
import type { TokenRequest } from '../client/client.ts';

export interface Inputs {
  readonly url: string;
  readonly audience: string | null;
  readonly request: TokenRequest;
  /** Whether later steps get the token by InfluxDB's own variables. */
  readonly exportEnv: boolean;
  readonly database: string | null;
  /** Whether the token is revoked at the end of the job. */
  readonly revoke: boolean;
}

/** An invalid input; its message is for the author of the workflow. */
export class InputError extends Error {}

export function readInputs(): Inputs {
  const url = given('url');
  if (url === null) throw new InputError('The input "url" is missing: the address of the service.');
  // InfluxDB's notation uses commas and colons, so only white space separates permissions.
  const permissions = given('permissions')?.split(/\s+/) ?? null;
  const ttl = given('ttl');
  const rule = given('rule');
  const instance = given('instance');
  return {
    url,
    audience: given('audience'),
    request: {
      ...(permissions === null ? {} : { permissions }),
      ...(ttl === null ? {} : { ttl }),
      ...(rule === null ? {} : { rule }),
      ...(instance === null ? {} : { instance }),
    },
    exportEnv: flag('export-env', false),
    database: given('database'),
    revoke: flag('revoke', true),
  };
}

function given(name: string): string | null {
  const text = getInput(name).trim();
  return text === '' ? null : text;
}

function flag(name: string, otherwise: boolean): boolean {
  const text = given(name)?.toLowerCase() ?? String(otherwise);
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InputError(`The input "${name}" is neither true nor false.`);
}
