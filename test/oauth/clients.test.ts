// Standard OAuth clients, as they come, against the built Worker: they find it, exchange a subject token and revoke what they got.

import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { githubActions } from '../emulator/personas.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { AUDIENCE, GITHUB, POLICY } from '../world.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

const influx = createInfluxEmulator({ databases: ['ci_metrics'] });
let github: Issuer;
let worker: RunningWorker;

beforeAll(async () => {
  github = await createIssuer({ iss: GITHUB });
  const { policy } = await compilePolicy(POLICY, { development: false });
  worker = await runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken },
    network: (request) => (request.url.startsWith(GITHUB) ? github.fetch(request) : influx.fetch(request)),
  });
});
afterAll(() => worker.stop());
beforeEach(() => {
  worker.logs.length = 0;
});

const parametersOf = async (overrides: Record<string, unknown> = {}) => ({
  subject_token: await github.sign(githubActions({ aud: AUDIENCE, ...overrides })),
  subject_token_type: ID_TOKEN,
  scope: 'db:ci_metrics:write',
  ttl: '5m',
});
const live = () => influx.tokens().map(({ name }) => name);
/** So many lines; they arrive a little after the answers. */
const logged = (count: number) =>
  vi.waitFor(() => {
    expect(worker.logs).toHaveLength(count);
    return worker.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
  });

test('openid-client discovers the service, exchanges a token and revokes it by its lease and by itself', async () => {
  const config = await client.discovery(new URL(worker.url), 'any-client', undefined, client.None(), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });
  expect(config.serverMetadata()).toMatchObject({ audience: AUDIENCE, response_types_supported: [] });
  for (const what of ['lease', 'access_token']) {
    const token = await client.genericGrantRequest(config, TOKEN_EXCHANGE, await parametersOf());
    expect(token).toMatchObject({ token_type: 'bearer', scope: 'db:ci_metrics:write', rule: 'ci-metrics' });
    expect(token.expiresIn()).toBeGreaterThan(290);
    expect(live()).toEqual([token.name]);
    await client.tokenRevocation(config, String(token[what]));
    expect(live()).toEqual([]);
    await client.tokenRevocation(config, String(token[what]));
  }
  expect((await logged(6)).map(({ kind, outcome, reason }) => [kind, outcome, reason])).toEqual(
    // A lease may be used again; a dead database token is a token that does not exist.
    [undefined, 'not_found'].flatMap((reason) => [
      ['vend', 'allowed', undefined],
      ['revoke', 'allowed', undefined],
      ['revoke', reason === undefined ? 'allowed' : 'refused', reason],
    ]),
  );
  expect(worker.logs.join('\n')).not.toContain('apiv3_');
});

test('openid-client shows its caller code and words of a refusal', async () => {
  const config = await client.discovery(new URL(worker.url), 'any-client', undefined, client.None(), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });
  const refusal = await client
    .genericGrantRequest(config, TOKEN_EXCHANGE, await parametersOf({ ref: 'refs/heads/other' }))
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(client.ResponseBodyError);
  expect(refusal).toMatchObject({ status: 403, error: 'access_denied', cause: { reason: 'no_rule' } });
  expect((refusal as client.ResponseBodyError).error_description).toContain("Nearest is 'ci-metrics': ref is");
});

test('oauth4webapi discovers the service, exchanges a token and revokes it by its lease and by itself', async () => {
  const issuer = new URL(worker.url);
  const insecure = { [oauth.allowInsecureRequests]: true };
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const me: oauth.Client = { client_id: 'any-client' };
  for (const what of ['lease', 'access_token']) {
    const parameters = await parametersOf();
    const answer = await oauth.genericTokenEndpointRequest(
      server,
      me,
      oauth.None(),
      TOKEN_EXCHANGE,
      parameters,
      insecure,
    );
    const token = await oauth.processGenericTokenEndpointResponse(server, me, answer);
    expect(token).toMatchObject({ token_type: 'bearer', scope: 'db:ci_metrics:write', shared: false });
    expect(live()).toEqual([token.name]);
    const revoked = await oauth.revocationRequest(server, me, oauth.None(), String(token[what]), insecure);
    await oauth.processRevocationResponse(revoked);
    expect(live()).toEqual([]);
  }
});

test('oauth4webapi shows its caller code and words of a refused revocation', async () => {
  const issuer = new URL(worker.url);
  const insecure = { [oauth.allowInsecureRequests]: true };
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const answer = await oauth.revocationRequest(server, { client_id: 'x' }, oauth.None(), 'stsl_forged.lease', insecure);
  const refusal = await oauth.processRevocationResponse(answer).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ status: 400, error: 'invalid_grant', cause: { reason: 'token_malformed' } });
});

test('is slowed down when one address tries database tokens, and other addresses and leases are not', async () => {
  const revoke = (token: string, address: string) =>
    worker.request('/oauth/revoke', {
      method: 'POST',
      headers: { 'cf-connecting-ip': address },
      body: new URLSearchParams({ token }),
    });
  const forged = () => `apiv3_${crypto.randomUUID().replaceAll('-', '').repeat(3).slice(0, 85)}A`;
  const statuses: number[] = [];
  for (let tries = 0; tries < 40; tries++) statuses.push((await revoke(forged(), '192.0.2.7')).status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  const limited = await revoke(forged(), '192.0.2.7');
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '10']);
  expect(await limited.json()).toMatchObject({ error: 'slow_down', reason: 'rate_limited', retryable: true });
});
