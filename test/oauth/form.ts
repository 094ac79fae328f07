// How the tests of the OAuth endpoints send a form, and what they expect of every refusal there.

import { expect } from 'vitest';
import type { Reason } from '../../src/foundation/failure.ts';
import { expectNoSecrets, type Reply, type World } from '../world.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
export const FORM = 'application/x-www-form-urlencoded';

/** A text is sent as it is; of the parameters, those that are undefined are left out. */
export function post(
  world: World,
  path: string,
  form: string | Readonly<Record<string, string | undefined>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const given = typeof form === 'string' ? [] : Object.entries(form).filter(([, value]) => value !== undefined);
  const body = typeof form === 'string' ? form : new URLSearchParams(given as [string, string][]).toString();
  return world.request(path, { method: 'POST', headers: { 'content-type': FORM, ...headers }, body });
}

export async function exchange(
  world: World,
  more: Readonly<Record<string, string | undefined>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const usual = { grant_type: TOKEN_EXCHANGE, subject_token: await world.ciToken(), subject_token_type: ID_TOKEN };
  return post(world, '/oauth/token', { ...usual, ...more }, headers);
}

/** Error JSON of RFC 6749 with our reason, no create upstream, one audit event, and no secret anywhere. */
export function expectError(world: World, reply: Reply, status: number, error: string, reason: Reason): void {
  expect({
    status: reply.status,
    error: reply.body?.error,
    reason: reply.body?.reason,
    reply: reply.text,
  }).toMatchObject({ status, error, reason });
  expect(reply.headers.get('content-type')).toBe('application/json');
  expect(reply.headers.get('cache-control')).toBe('no-store');
  expect(reply.headers.get('x-request-id')).toBe(reply.body.request_id);
  expect(reply.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(world.influx.creates()).toBe(0);
  expect(world.events.map((event) => [event.id, event.outcome, event.reason])).toEqual([
    [reply.body.request_id, 'refused', reason],
  ]);
  expectNoSecrets(world, reply.text);
}
