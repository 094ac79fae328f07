// `GET /v1/whoami`: who the caller is to the service, and what is open to them. It asks nothing of InfluxDB and tells nothing of anybody else.

import { describe, expect, test } from 'vitest';
import { formatExplanation } from '../../src/policy/decision/explanation-text.ts';
import { AUDIENCE, createWorld, expectRefusal, type World } from '../world.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: "https://login.example.com/" }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: github
    when: { repository_id: "123456", ref: refs/heads/main }
    allow: ["db:ci_metrics:write"]
    ttl: { default: 15m, max: 1h }
  - name: release
    issuer: github
    when: { repository_id: "123456", environment: production }
    allow: ["db:releases:write"]
  - name: others
    issuer: github
    when: { repository_id: "999" }
    allow: ["db:others:write"]
  - name: platform
    issuer: backend
    when: { email: ops@acme.example }
    roles: [operator]
`;

const world = () => createWorld({ policy: POLICY });
const whoami = (here: World, token: string) =>
  here.request('/v1/whoami', { headers: { authorization: `Bearer ${token}` } });

describe('the answer', () => {
  test('shows until when a grant is open, and no grant that has ended', async () => {
    const ends = (until: string) =>
      POLICY.replace('    ttl: { default: 15m, max: 1h }', `    ttl: 15m\n    until: ${until}`);
    const here = await createWorld({ policy: ends('"2026-11-23T12:10:00Z"') });
    const { body } = await whoami(here, await here.ciToken());
    expect(body.grants).toMatchObject([{ rule: 'ci-metrics', until: '2026-11-23T12:10:00Z' }]);
    here.clock.advance(600_000);
    expect((await whoami(here, await here.ciToken())).body.grants).toEqual([]);
  });

  test('shows what a grant gives at most, where it has a limit, and so does an explanation', async () => {
    const limit = 'limit: { vends: 100, per: 60m, live: 10, of: caller }';
    const here = await createWorld({ policy: POLICY.replace('max: 1h }', `max: 1h }\n    ${limit}`) });
    const shown = { vends: 100, per: '1h', live: 10, of: 'caller' };
    const explained = await here.request('/v1/explain', {
      method: 'POST',
      headers: { authorization: `Bearer ${await here.ciToken()}` },
    });
    const own = (await whoami(here, await here.ciToken())).body.grants;
    expect([own[0].limit, explained.body.rules[0].limit]).toEqual([shown, shown]);
    const text = formatExplanation(explained.body).join('\n');
    expect(text).toContain('    gives at most 100 in 1h, 10 live, for each caller');
  });

  test('names the identity, its claims, its end, and the grants whose conditions it meets', async () => {
    const here = await world();
    const { status, body } = await whoami(here, await here.ciToken());
    expect(status).toBe(200);
    expect(body).toEqual({
      issuer: 'https://token.actions.githubusercontent.com',
      subject: { repository_id: '123456', sub: 'repo:acme@77/app@123456:ref:refs/heads/main' },
      description: 'acme/app on refs/heads/main, run 42',
      claims: expect.objectContaining({ aud: AUDIENCE, repository: 'acme/app', run_id: '17000000001' }),
      notes: [],
      expires_at: '2026-11-23T12:05:00.000Z',
      roles: [],
      owns: [],
      grants: [
        {
          rule: 'ci-metrics',
          instance: 'main',
          permissions: ['db:ci_metrics:write'],
          default_ttl: '15m',
          max_ttl: '1h',
        },
      ],
      switched_off: [],
    });
  });

  test('holds the roles of an operator', async () => {
    const here = await world();
    const { body } = await whoami(here, await here.backendToken({ email: 'ops@acme.example' }));
    expect(body).toMatchObject({ roles: ['operator'], grants: [], description: 'sub "subject"' });
  });

  test('opens nothing to a stranger, and names no rule', async () => {
    const here = await world();
    const { status, text, body } = await whoami(here, await here.ciToken({ repository_id: '31337' }));
    expect([status, body.roles, body.grants]).toEqual([200, [], []]);
    for (const rule of ['ci-metrics', 'release', 'others']) expect(text).not.toContain(rule);
  });

  test('describes an identity that its preset cannot by its subject claims', async () => {
    const here = await world();
    const { body } = await whoami(here, await here.ciToken({ run_number: '' }));
    expect(body.description).toBe('repository_id "123456", sub "repo:acme@77/app@123456:ref:refs/heads/main"');
  });

  test('holds no part of the token, and is stored by nobody', async () => {
    const here = await world();
    const token = await here.ciToken();
    const { text, headers } = await whoami(here, token);
    expect(text).not.toContain(token.split('.')[2]);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

test('leaves one event of its kind, and asks nothing of InfluxDB', async () => {
  const here = await world();
  const { headers } = await whoami(here, await here.ciToken());
  expect(here.events).toMatchObject([
    { kind: 'whoami', id: headers.get('x-request-id'), outcome: 'allowed', issuer: 'github' },
  ]);
  expect(here.calls.filter((host) => host.startsWith('influxdb'))).toEqual([]);
});

test.each<
  [string, (here: World) => Promise<RequestInit>, number, 'token_missing' | 'claim_invalid' | 'method_not_allowed']
>([
  ['without a token', async () => ({}), 401, 'token_missing'],
  [
    'with a token for somebody else',
    async (here) => ({
      headers: { authorization: `Bearer ${await here.ciToken({ aud: 'https://other.example.com' })}` },
    }),
    401,
    'claim_invalid',
  ],
  ['by POST', async () => ({ method: 'POST' }), 405, 'method_not_allowed'],
])('refuses a request %s, and records it', async (_name, init, status, reason) => {
  const here = await world();
  const reply = await here.request('/v1/whoami', await init(here));
  expectRefusal(here, reply, status, reason);
  expect(here.events[0]?.kind).toBe('whoami');
});
