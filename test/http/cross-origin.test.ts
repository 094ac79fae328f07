// Calls from a page of another origin, as a browser makes them.

import { expect, test } from 'vitest';
import { createWorld } from '../world.ts';

const PAGE = 'https://app.acme.example';

test('a browser is told that it may send a token from any page, and nothing is recorded of its asking', async () => {
  const world = await createWorld();
  for (const [path, method] of [
    ['/v1/tokens', 'POST'],
    ['/v1/tokens/name', 'DELETE'],
    ['/oauth/revoke', 'POST'],
  ] as const) {
    const headers = {
      origin: PAGE,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    };
    const { status, headers: told } = await world.request(path, { method: 'OPTIONS', headers });
    expect(status).toBe(204);
    expect(told.get('access-control-allow-origin')).toBe('*');
    expect(told.get('access-control-allow-methods')).toContain(method);
    expect(told.get('access-control-allow-headers')).toBe('authorization, content-type');
    expect(told.has('access-control-allow-credentials')).toBe(false);
    expect([told.get('cache-control'), told.has('x-request-id')]).toEqual(['no-store', true]);
  }
  expect(world.events).toEqual([]);
});

test('a page may read the answer, a refusal too, and what tells it when to ask again', async () => {
  const world = await createWorld();
  const authorization = `Bearer ${await world.ciToken()}`;
  const granted = await world.request('/v1/tokens', { method: 'POST', headers: { origin: PAGE, authorization } });
  const refused = await world.request('/v1/tokens', { method: 'POST', headers: { origin: PAGE } });
  for (const { headers } of [granted, refused]) {
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(headers.get('cache-control')).toBe('no-store');
  }
  expect([granted.status, refused.status]).toEqual([201, 401]);
});

test('who does not come from a page is told nothing of pages', async () => {
  const world = await createWorld();
  const { headers } = await world.request('/v1/tokens', { method: 'POST' });
  expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

test('a cookie opens nothing', async () => {
  const world = await createWorld();
  const token = await world.ciToken();
  const headers = { origin: PAGE, cookie: `CF_Authorization=${token}; token=${token}` };
  expect((await world.request('/v1/whoami', { headers })).body.reason).toBe('token_missing');
});
