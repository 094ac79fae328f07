// What the answers give away, over all routes that decide: nothing to a caller who is not verified or whom no rule knows, only their own
// rules to a caller who is known to some, and everything to operators.

import { beforeAll, describe, expect, test } from 'vitest';
import { AUDIENCE, createWorld, type Reply, type World } from './world.ts';

const head = (more = '') => `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: "https://login.example.com/" }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }${more}
rules:
`;

/** A rule for the caller, and three that they must not hear of. */
const ONE = `${head('\n  vault: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }')}
  - name: ci-metrics
    issuer: github
    instance: main
    when: { repository_id: ["123456", "777001"], ref: refs/heads/main }
    allow: ["db:ci_metrics:write"]
  - name: secret-project
    issuer: github
    instance: vault
    when: { repository_id: "555", ref: refs/heads/secret-branch }
    allow: ["db:secret_db:write"]
    ttl: 2h
  - name: secret-operators
    issuer: github
    when: { repository_id: "555", environment: secret-room }
    roles: [operator]
  - name: secret-denial
    issuer: github
    when: { event_name: [secret-event, pull_request_target] }
    deny: ["db:*:write"]
`;

/** Another policy altogether, for the same issuers. */
const OTHER = `${head()}
  - name: other
    issuer: github
    when: { repository_owner_id: "31337", environment: production }
    allow: ["db:*:read"]
    ttl: { default: 1m, max: 8h }
  - name: never
    issuer: github
    when: { actor: acme-developer }
    deny: ["db:*:read,write", "system:metrics:read"]
`;

const EMPTY = `${head()}  []\n`;

const BODIES: readonly unknown[] = [
  undefined,
  {},
  { permissions: ['db:ci_metrics:write'] },
  { permissions: ['db:secret_db:write'] },
  { permissions: ['db:*:read'] },
  { permissions: ['db:*:read', 'db:a:read'] },
  { permissions: ['db:_internal:read'] },
  { permissions: ['system:metrics:read'], ttl: '30d' },
  { rule: 'secret-project' },
  { rule: 'ci-metrics' },
  { rule: 'ci-metric' },
  { instance: 'vault' },
  { instance: 'main', ttl: 1 },
  { permission: [] },
  '{',
];

const about = { issuer: 'github', claims: { repository_id: '555' } };
const EXPLAIN_BODIES = [...BODIES, about, { ...about, issuer: 'nobody' }, { claims: {} }, { issuer: 'github' }];

function post(world: World, path: string, token: string | undefined, body: unknown): Promise<Reply> {
  return world.request(path, {
    method: 'POST',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** Every answer that the routes give to one token, without the ids that differ by themselves. */
async function answers(world: World, token: string | undefined): Promise<readonly unknown[]> {
  const replies: Reply[] = [];
  for (const body of BODIES) replies.push(await post(world, '/v1/tokens', token, body));
  for (const body of EXPLAIN_BODIES) replies.push(await post(world, '/v1/explain', token, body));
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  for (const path of ['/v1/whoami', '/v1/tokens', '/v1/explain']) replies.push(await world.request(path, { headers }));
  return replies.map(({ status, body, headers: answered }) => {
    const { request_id, ...rest } = body;
    const { 'x-request-id': _id, ...kept } = Object.fromEntries(answered);
    return { status, headers: kept, body: rest };
  });
}

const POLICIES = [ONE, OTHER, EMPTY];
let worlds: readonly World[];
beforeAll(async () => {
  worlds = await Promise.all(POLICIES.map((policy) => createWorld({ policy })));
  // The key sets are known, so that what follows calls nobody.
  for (const world of worlds) await world.vend(await world.ciToken({ repository_id: '1', repository_owner_id: '1' }));
});

const now = (world: World) => Math.floor(world.clock.now / 1000);
const STRANGER = { repository_id: '999', repository_owner_id: '998', enterprise_id: '997', jti: 'one' };

describe.each<readonly [who: string, token: (world: World) => Promise<string | undefined>]>([
  ['a stranger', (world) => world.ciToken(STRANGER)],
  [
    'a stranger on the branch that a rule wants',
    (world) => world.ciToken({ ...STRANGER, ref: 'refs/heads/secret-branch' }),
  ],
  ['a stranger whom a denial would meet', (world) => world.ciToken({ ...STRANGER, event_name: 'pull_request_target' })],
  [
    'a stranger whose id is a number',
    (world) => world.ciToken({ ...STRANGER, repository_owner_id: 555, enterprise_id: 555 }),
  ],
  ['a stranger whose ids are lists', (world) => world.ciToken({ ...STRANGER, enterprise_id: ['555', '123456'] })],
  ['nobody', async () => undefined],
  ['a token that is none', async () => 'not.a.token'],
  [
    'a forger',
    async (world) =>
      `${(await world.ciToken({ ...STRANGER, repository_id: '555' })).split('.').slice(0, 2).join('.')}.AAAA`,
  ],
  [
    'a token of an issuer that is not trusted',
    (world) => world.github.sign({ iss: 'https://evil.example.com', aud: AUDIENCE }),
  ],
  [
    'a token of last hour',
    (world) => world.ciToken({ ...STRANGER, repository_id: '555', iat: now(world) - 3600, exp: now(world) - 3300 }),
  ],
])('%s', (_who, makeToken) => {
  test('cannot tell one policy from another by any answer', async () => {
    const seen = await Promise.all(worlds.map(async (world) => answers(world, await makeToken(world))));
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[0]).toHaveLength(BODIES.length + EXPLAIN_BODIES.length + 3);
  });

  test('hears of no rule, no value and no instance, and causes no call', async () => {
    const world = worlds[0]!;
    const before = [world.calls.length, world.events.length];
    const token = await makeToken(world);
    const seen = await answers(world, token);
    const claims = token?.split('.')[1] ?? '';
    const own = claims === '' ? '' : Buffer.from(claims, 'base64url').toString();
    for (const word of ['secret', 'vault', 'ci-metrics', 'ci_metrics', '123456', '777001', 'pull_request_target']) {
      if (!own.includes(word)) expect(JSON.stringify(seen).replace(/"ci-metrics?"/g, '')).not.toContain(word);
    }
    expect([world.calls.length, world.events.length]).toEqual([before[0], before[1]! + seen.length]);
    expect(world.influx.creates()).toBe(0);
  });
});

describe('a caller who is known to one rule', () => {
  test.each([
    ['that matches', {}],
    ['that does not match', { ref: 'refs/heads/x' }],
    ['and met by a denial', { event_name: 'pull_request_target' }],
  ])('%s hears nothing of rules that they are not known to, nor of denials by name', async (_name, claims) => {
    const world = await createWorld({ policy: ONE });
    const seen = JSON.stringify(await answers(world, await world.ciToken(claims)));
    // The answer repeats what they asked for, and their token's id, which may by chance hold any digits.
    const asked = /secret_db|named \\"(secret-project|vault)\\"|"jti":"[^"]*"/g;
    const rest = seen.replaceAll(asked, '');
    for (const word of ['secret', 'vault', '555', '777001']) expect(rest).not.toContain(word);
    expect(rest).toContain('ci-metrics');
  });

  test('cannot tell a rule that they are not known to from one that does not exist', async () => {
    const world = await createWorld({ policy: ONE });
    const [hidden, absent] = await Promise.all(
      ['secret-project', 'sacred-project'].map(
        async (rule) => (await world.vend(await world.ciToken(), { rule })).body,
      ),
    );
    expect(hidden.detail.replace('secret', 'sacred')).toBe(absent.detail);
    expect(hidden.reason).toBe(absent.reason);
  });
});

describe('the ids that pin a party, on an issuer of the deployer alone', () => {
  const PINNED = `
audience: ${AUDIENCE}
issuers:
  backend: { issuer: "https://login.example.com/", pins: [oid] }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - { name: desk, issuer: backend, when: { oid: ["u-1", "u-2"], shift: night }, allow: ["db:ci_metrics:read"] }
  - { name: chief, issuer: backend, when: { oid: u-3 }, allow: ["db:ci_metrics:write"] }
  - { name: platform, issuer: backend, when: { oid: u-8 }, roles: [operator] }
`;
  const IDS = /u-[1238]/;
  const read = { permissions: ['db:ci_metrics:read'] };

  test.each([
    ['another id', { oid: 'u-9', shift: 'night' }, 'oid is "u-9", which is not one that the rule admits'],
    ['an id in capitals', { oid: 'U-1', shift: 'night' }, 'oid is "U-1", which is not one that the rule admits'],
    ['no id', { shift: 'night' }, 'the token has no oid, and the rule admits certain ones'],
  ])('are told to no caller with %s', async (_name, claims, sentence) => {
    const world = await createWorld({ policy: PINNED });
    const token = await world.backendToken(claims);
    for (const reply of [await post(world, '/v1/tokens', token, read), await post(world, '/v1/explain', token, read)]) {
      expect(reply.body.detail).toBe(`No rule matches this identity. Nearest is "desk": ${sentence}.`);
      expect(reply.text).not.toMatch(IDS);
      expect(reply.text).not.toContain('case');
    }
    const { body } = await post(world, '/v1/explain', token, read);
    expect(body.changes[0].change).toBe('Come with a token whose oid is one that the rule admits.');
    expect(body.rules).toHaveLength(3);
    for (const reply of await answers(world, token)) expect(JSON.stringify(reply)).not.toMatch(IDS);
  });

  test('are told to operators', async () => {
    const world = await createWorld({ policy: PINNED });
    const token = await world.backendToken({ oid: 'u-8', shift: 'night' });
    const { body } = await post(world, '/v1/tokens', token, read);
    expect(body.detail).toContain('oid is "u-8" but the rule wants one of "u-1", "u-2"');
    const explained = await post(world, '/v1/explain', token, read);
    expect(explained.body.rules[0].conditions[0]).toMatchObject({ claim: 'oid', expected: 'one of "u-1", "u-2"' });
  });
});

describe('a denial', () => {
  const DENIED = `${head()}
  - { name: all, issuer: backend, when: { client_id: { like: "c*" } }, allow: ["db:ci_metrics:write"] }
  - { name: platform, issuer: backend, when: { client_id: chief }, roles: [operator] }
  - { name: secret-denial, issuer: backend, when: { client_id: { like: "c*" }, secret_flag: "no" }, deny: ["db:*:write"] }
`;
  const write = { permissions: ['db:ci_metrics:write'] };

  test('names no claim that the token does not hold, and no rule', async () => {
    const world = await createWorld({ policy: DENIED });
    const { body, text } = await world.vend(await world.backendToken({ client_id: 'clerk' }), write);
    expect(body).toMatchObject({ reason: 'denied_by_rule', claims: ['client_id'] });
    expect(body.detail).toContain('a claim that the token lacks');
    expect(text).not.toContain('secret');
  });

  test('names the claim that the token does hold', async () => {
    const world = await createWorld({ policy: DENIED });
    const { body } = await world.vend(await world.backendToken({ client_id: 'clerk', secret_flag: 'no' }), write);
    expect(body.claims).toEqual(['client_id', 'secret_flag']);
    expect(body.detail).not.toContain('lacks');
  });

  test('names rule and claims to an operator whom it meets', async () => {
    const world = await createWorld({ policy: DENIED });
    const { body } = await world.vend(await world.backendToken({ client_id: 'chief' }), write);
    expect(body).toMatchObject({
      reason: 'denied_by_rule',
      rule: 'secret-denial',
      claims: ['client_id', 'secret_flag'],
    });
    expect(body.detail).toContain('The rule "secret-denial" refuses db:ci_metrics:write');
    expect(body.detail).toContain('no secret_flag');
  });
});
