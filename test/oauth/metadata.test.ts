// `/.well-known/oauth-authorization-server` (RFC 8414): what clients learn of the service, and that they learn nothing else.

import { expect, test } from 'vitest';
import { AUDIENCE, createWorld, POLICY } from '../world.ts';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';

test.each([
  'https://sts.example.com',
  'https://sts.example.com:8443',
  'http://localhost:8787',
])('is of the address that was asked, such as %s', async (origin) => {
  const world = await createWorld();
  const reply = await world.request(`${origin}${WELL_KNOWN}?issuer=https://evil.example.com`, {
    headers: { 'x-forwarded-host': 'evil.example.com', forwarded: 'host=evil.example.com' },
  });
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(reply.body).toEqual({
    issuer: origin,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    response_types_supported: [],
    service_documentation: `${origin}/docs`,
    audience: AUDIENCE,
  });
  expect([world.events, world.calls]).toEqual([[], []]);
});

test('names no audience where each issuer has one of its own', async () => {
  const policy = POLICY.replace(`audience: ${AUDIENCE}\n`, '')
    .replace('preset: github-actions', `preset: github-actions, audience: ${AUDIENCE}`)
    .replace('issuer: https://login.example.com/', 'issuer: https://login.example.com/, audience: other');
  const world = await createWorld({ policy });
  expect(world.policy.audience).toBeNull();
  const { body, text } = await world.request(WELL_KNOWN);
  expect(Object.keys(body)).not.toContain('audience');
  expect(text).not.toContain('other');
});

test('names the clients of the command, and nothing of those of the page', async () => {
  const login = `login: { cli: { client_id: ${AUDIENCE}, scope: openid email }, page: { client_id: page, client_secret: LOGIN_SECRET } }`;
  const entry = `issuer: https://login.example.com/, audience: [page, ${AUDIENCE}], ${login}`;
  const world = await createWorld({ policy: POLICY.replace('issuer: https://login.example.com/', entry) });
  const { body, text } = await world.request(WELL_KNOWN);
  expect(body.logins).toEqual([
    { issuer: 'https://login.example.com/', client_id: AUDIENCE, scope: 'openid email', token: 'id' },
  ]);
  expect(text).not.toMatch(/page|LOGIN_SECRET/);
});

test('is refused by another method, and there is nothing of it at other addresses', async () => {
  const world = await createWorld();
  const post = await world.request(WELL_KNOWN, { method: 'POST' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET']);
  for (const path of [
    `${WELL_KNOWN}/`,
    `${WELL_KNOWN}/tenant`,
    '/.well-known/openid-configuration',
    '/oauth',
    '/oauth/',
  ]) {
    expect((await world.request(path)).status).toBe(404);
  }
});
