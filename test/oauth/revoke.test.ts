// `POST /oauth/revoke` (RFC 7009): who presents a lease or a database token may revoke it, and nobody anything else.

import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { createLease } from '../../src/influx/lease.ts';
import { networkOf } from '../../src/service/revoke-token.ts';
import { createWorld, expectNoSecrets, POLICY, type Reply, type World, type WorldOptions } from '../world.ts';
import { exchange, expectError, post } from './form.ts';

const SHARING = `${POLICY}
  - name: dashboards-shared
    issuer: backend
    when: { client_id: shared }
    allow: ["db:tenant_a:read"]
    ttl: 30m
    share: true
`;
/** Two instances; on the second one stands another server. */
const TWO_INSTANCES = SHARING.replace(
  'rules:\n',
  '  spare: { url: "https://spare.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }\nrules:\n',
)
  .replaceAll('    when:', '    instance: main\n    when:')
  .replace(/(- name: never-from-forks\n {4}issuer: github\n) {4}instance: main\n/, '$1');

const open = (options: WorldOptions = {}) => createWorld({ policy: SHARING, ...options });
const catalogue = (world: World) => world.influx.tokens().map(({ name }) => name);
const upstream = (world: World) => world.influx.requests.map(({ operation }) => operation);
const revoke = (world: World, token: string, more: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  post(world, '/oauth/revoke', { token, ...more }, headers);

async function vended(world: World) {
  const { status, body } = await world.vend(await world.ciToken());
  expect(status).toBe(201);
  forget(world);
  return body as { name: string; lease: string; token: string };
}

function forget(world: World): void {
  world.events.length = 0;
  world.influx.requests.length = 0;
  world.calls.length = 0;
}

/** 200 without a body, and one event. */
function expectDone(world: World, reply: Reply, outcome: 'allowed' | 'refused'): void {
  expect([reply.status, reply.text]).toEqual([200, '']);
  expect(reply.headers.get('cache-control')).toBe('no-store');
  expect(world.events.map((event) => [event.kind, event.id, event.outcome, event.reason])).toEqual([
    ['revoke', reply.headers.get('x-request-id'), outcome, outcome === 'allowed' ? undefined : 'not_found'],
  ]);
  expectNoSecrets(world, reply.text);
}

/** Of the form of a token, and of nobody's. */
const stranger = () => `apiv3_${'B'.repeat(85)}A`;

describe('a lease', () => {
  test('revokes its token, twice if it likes, with one call each', async () => {
    const world = await open();
    const { name, lease } = await vended(world);
    for (const _ of [1, 2]) {
      expectDone(world, await revoke(world, lease, { token_type_hint: 'refresh_token', client_id: 'x' }), 'allowed');
      expect(world.events).toMatchObject([{ token_name: name, rule: 'ci-metrics', instance: 'main' }]);
      expect(catalogue(world)).toEqual([]);
      expect(upstream(world)).toEqual(['delete']);
      forget(world);
    }
  });

  test('needs no resource, and a wrong one does not matter', async () => {
    const world = await open({ policy: TWO_INSTANCES });
    const { lease } = await vended(world);
    expectDone(world, await revoke(world, lease, { resource: 'spare' }), 'allowed');
    expect(catalogue(world)).toEqual([]);
  });

  test.each<[string, (lease: string) => string]>([
    ['changed in its name', (lease) => `${lease.slice(0, 8)}${lease[8] === 'A' ? 'B' : 'A'}${lease.slice(9)}`],
    ['changed in its MAC', (lease) => `${lease.slice(0, -3)}${lease.at(-3) === 'A' ? 'B' : 'A'}${lease.slice(-2)}`],
    ['cut short', (lease) => lease.slice(0, -1)],
    ['of nothing but its beginning', () => 'stsl_'],
    ['with a space behind it', (lease) => `${lease} `],
  ])('%s is malformed, and nothing is called', async (_, change) => {
    const world = await open();
    const { name, lease } = await vended(world);
    const reply = await revoke(world, change(lease));
    expect([reply.status, reply.body.error, reply.body.reason]).toEqual([400, 'invalid_grant', 'token_malformed']);
    expect([catalogue(world), world.calls]).toEqual([[name], []]);
  });

  test('that was made up for a shared token is of no use', async () => {
    const world = await open();
    const { body } = await world.vend(await world.backendToken({ sub: 's', client_id: 'shared' }));
    forget(world);
    const lease = await createLease(body.name, createKeyring(new Uint8Array(32).fill('k'.charCodeAt(0))));
    expectDone(world, await revoke(world, lease), 'refused');
    expect([catalogue(world), world.calls]).toEqual([[body.name], []]);
  });

  test('is answered with 200 while a node of a cluster has not heard of the token, and the deletion is repeated', async () => {
    const policy = SHARING.replace('admin_token:', 'sync_interval: 10s, admin_token:');
    const world = await open({
      policy,
      influx: { nodes: 2, syncIntervalMs: 10_000 },
      upstream: (request, influx) => influx.fetch(request, request.method === 'DELETE' ? 1 : 0),
    });
    const { lease } = await vended(world);
    expectDone(world, await revoke(world, lease), 'allowed');
    expect(world.stores.waiting).toHaveLength(1);
  });
});

describe('a database token', () => {
  test('revokes itself: proven, found, deleted', async () => {
    const world = await open();
    const { name, token } = await vended(world);
    expectDone(world, await revoke(world, token, { token_type_hint: 'access_token' }), 'allowed');
    expect(world.events).toMatchObject([{ token_name: name, rule: 'ci-metrics', instance: 'main' }]);
    expect(catalogue(world)).toEqual([]);
    expect(upstream(world)).toEqual(['other', 'list', 'delete']);
  });

  test('leaves others of the same caller alone', async () => {
    const world = await open();
    const [first, second] = [await vended(world), await vended(world)];
    await revoke(world, first.token);
    expect(catalogue(world)).toEqual([second.name]);
  });

  test('that is dead or unknown costs one call upstream, by itself and not by an admin', async () => {
    const seen: (string | null)[] = [];
    const world = await open({
      upstream: (request, influx) => {
        seen.push(request.headers.get('authorization'));
        return influx.fetch(request);
      },
    });
    const { token, lease } = await vended(world);
    await revoke(world, lease);
    for (const dead of [token, stranger()]) {
      forget(world);
      seen.length = 0;
      expectDone(world, await revoke(world, dead), 'refused');
      expect(upstream(world)).toEqual(['other']);
      expect(seen).toEqual([`Bearer ${dead}`]);
    }
  });

  test('that has expired is dead', async () => {
    const world = await open();
    const { token } = await vended(world);
    world.clock.advance(3_600_000);
    expectDone(world, await revoke(world, token), 'refused');
    expect(upstream(world)).toEqual(['other']);
  });

  test('of an admin is left alone', async () => {
    const world = await open();
    expectDone(world, await revoke(world, world.influx.adminToken), 'refused');
    expect(upstream(world)).toEqual(['other', 'list']);
    expect((await world.vend(await world.ciToken())).status).toBe(201);
  });

  test('that this service did not make is left alone, also when its name resembles ours', async () => {
    const world = await open();
    const { name } = await vended(world);
    for (const foreign of ['mine', `${name.slice(0, -1)}${name.endsWith('a') ? 'q' : 'a'}`, 'sts.main.x.y.z']) {
      const request = new Request('https://influxdb/api/v3/enterprise/configure/token', {
        method: 'POST',
        headers: { authorization: `Bearer ${world.influx.adminToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          token_name: foreign,
          permissions: [{ resource_type: 'db', resource_names: ['ci_metrics'], actions: ['read'] }],
          expiry_secs: 600,
        }),
      });
      const { token } = (await (await world.influx.fetch(request)).json()) as { token: string };
      forget(world);
      expectDone(world, await revoke(world, token), 'refused');
      expect(catalogue(world)).toContain(foreign);
      expect(upstream(world)).not.toContain('delete');
    }
  });

  test('that is shared is left alone, and goes on being handed out', async () => {
    const world = await open();
    const subjectToken = await world.backendToken({ sub: 's', client_id: 'shared' });
    const { body } = await world.vend(subjectToken);
    forget(world);
    expectDone(world, await revoke(world, body.token), 'refused');
    expect(catalogue(world)).toEqual([body.name]);
    expect((await world.vend(subjectToken)).body.token).toBe(body.token);
  });

  test('whose beginning of a digest is that of two tokens of ours is left alone', async () => {
    const world = await open({
      upstream: async (request, influx) => {
        const listing = request.url.includes('query_sql');
        const answer = await influx.fetch(request);
        if (!listing) return answer;
        const names = influx.tokens().map(({ name }) => ({ name }));
        return Response.json(names);
      },
    });
    const [first, second] = [await vended(world), await vended(world)];
    expectDone(world, await revoke(world, first.token), 'refused');
    expect(catalogue(world)).toEqual([first.name, second.name]);
  });
});

describe('where there are two instances', () => {
  const two = () => {
    const hosts: [string, string | null][] = [];
    return createWorld({
      policy: TWO_INSTANCES,
      upstream: (request, influx) => {
        hosts.push(['main', request.headers.get('authorization')]);
        return influx.fetch(request);
      },
      elsewhere: async (request) => {
        hosts.push(['spare', request.headers.get('authorization')]);
        return new Response('{"error": "the request was not authenticated"}', { status: 401 });
      },
    }).then((world) => ({ world, hosts }));
  };

  test('a database token goes to the one that is named, and to no other', async () => {
    const { world, hosts } = await two();
    const { token } = await vended(world);
    hosts.length = 0;
    expectDone(world, await revoke(world, token, { resource: 'spare' }), 'refused');
    expect(hosts).toEqual([['spare', `Bearer ${token}`]]);
    for (const resource of ['main', 'https://influxdb.example.com:8181']) {
      const again = await vended(world);
      hosts.length = 0;
      expectDone(world, await revoke(world, again.token, { resource }), 'allowed');
      expect(hosts.map(([host]) => host)).toEqual(['main', 'main', 'main']);
    }
  });

  test('a database token without a resource is asked for one, and goes nowhere', async () => {
    const { world, hosts } = await two();
    const { token } = await vended(world);
    hosts.length = 0;
    const reply = await revoke(world, token);
    expect([reply.status, reply.body.error, reply.body.reason]).toEqual([400, 'invalid_request', 'request_malformed']);
    expect(reply.body.error_description).toContain("'resource'");
    expect(hosts).toEqual([]);
    expectNoSecrets(world, reply.text);
  });

  test.each([
    'https://evil.example.com',
    'nowhere',
    'https://spare.example.com',
    '__proto__',
    '//evil.example.com',
  ])('a database token never goes to %s, and the answer does not tell that there is no such instance', async (resource) => {
    const { world, hosts } = await two();
    const { token } = await vended(world);
    hosts.length = 0;
    expectDone(world, await revoke(world, token, { resource }), 'refused');
    // In its place InfluxDB was shown a token of nobody's, which takes as long as one that is dead.
    expect(hosts).toEqual([['main', expect.stringMatching(/^Bearer apiv3_[\w-]{86}$/)]]);
    expect(hosts[0]![1]).not.toContain(token);
  });

  test('the address that only the service knows is no name for an instance', async () => {
    const policy = TWO_INSTANCES.replace(
      'admin_token: INFLUXDB3_ADMIN_TOKEN }',
      'public_url: "https://metrics.example.com", admin_token: INFLUXDB3_ADMIN_TOKEN }',
    );
    const world = await createWorld({ policy });
    const { token } = await vended(world);
    expectDone(world, await revoke(world, token, { resource: 'https://influxdb.example.com:8181' }), 'refused');
    forget(world);
    expectDone(world, await revoke(world, token, { resource: 'https://metrics.example.com' }), 'allowed');
  });

  test('and both on one server, its address is enough, and the token is shown to no other', async () => {
    const policy = TWO_INSTANCES.replace('spare.example.com', 'influxdb.example.com');
    const world = await createWorld({ policy });
    const [{ token }, kept] = [await vended(world), await vended(world)];
    expectDone(world, await revoke(world, token, { resource: 'https://influxdb.example.com:8181/' }), 'allowed');
    expect(catalogue(world)).toEqual([kept.name]);
    expect((await revoke(world, kept.token, { resource: 'main' })).status).toBe(200);
    expect(catalogue(world)).toEqual([]);
  });
});

describe('who has proven nothing', () => {
  const REFUSES = async () => new Response('{"error": "the request was not authenticated"}', { status: 401 });
  const DOWN = () => Promise.reject(new TypeError('down'));
  const PAGE = async () => new Response('<html>spare</html>', { status: 502 });
  const RESOURCES = ['main', 'spare', 'https://influxdb.example.com:8181', 'https://spare.example.com:8181', 'nowhere'];
  RESOURCES.push('https://nowhere.example.com', '__proto__', '', 'MAIN', 'https://spare.example.com:8181/');

  /** Every answer to a made-up token, without what differs by itself. */
  async function answers(world: World, resources: readonly (string | undefined)[]) {
    const seen = new Set<string>();
    for (const resource of resources) {
      forget(world);
      const reply = await revoke(world, stranger(), resource === undefined ? {} : { resource });
      const id = reply.headers.get('x-request-id')!;
      const { 'x-request-id': _, ...headers } = Object.fromEntries(reply.headers);
      seen.add(JSON.stringify([reply.status, headers, reply.text.replaceAll(id, 'ID')]));
      expect(world.calls.length, `calls for ${resource}`).toBe(1);
      expect(reply.text).not.toMatch(/\bmain\b|spare|example/);
    }
    return [...seen];
  }

  test.each([
    ['answer', 'main', undefined, REFUSES, 200],
    ['are down', 'main', DOWN, DOWN, 503],
    ['are behind a gateway that answers with a page', 'main', PAGE, PAGE, 503],
  ])('gets one answer whatever instance they name, while the instances %s', async (_what, _name, upstream, elsewhere, status) => {
    const options = { policy: TWO_INSTANCES, elsewhere, ...(upstream === undefined ? {} : { upstream }) };
    const [only, ...others] = await answers(
      await createWorld(options),
      RESOURCES.filter((one) => one !== ''),
    );
    expect(others).toEqual([]);
    expect(only).toMatch(new RegExp(`^\\[${status},`));
  });

  test.each([
    ['answers', {}, 200],
    ['is down', { upstream: DOWN }, 503],
    ['has no admin token here', { env: { INFLUXDB3_ADMIN_TOKEN: 'none' } }, 200],
    ['refuses the admin token', { env: { INFLUXDB3_ADMIN_TOKEN: `apiv3_${'x'.repeat(85)}A` } }, 200],
  ])('gets one answer whether they name the only instance, another or none, while it %s', async (_what, options, status) => {
    const world = await open(options);
    const [only, ...others] = await answers(world, [undefined, ...RESOURCES]);
    expect(others).toEqual([]);
    expect(only).toMatch(new RegExp(`^\\[${status},`));
    expect(world.alarms.filter(({ name }) => name === 'admin_token_refused')).toEqual([]);
  });

  test('hears of no instance when one of two is down, and a holder is told that the token may be alive', async () => {
    const world = await createWorld({ policy: TWO_INSTANCES, elsewhere: DOWN });
    const reply = await revoke(world, stranger(), { resource: 'spare' });
    expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([503, 'upstream_unreachable', true]);
    expect(reply.body.error_description).toContain('may still be alive');
    expect(reply.text).not.toContain('spare');
  });
});

test('a holder of a live token is told which instance cannot be used', async () => {
  const world = await open();
  const { token, name } = await vended(world);
  const broken = world.restart({ INFLUXDB3_ADMIN_TOKEN: `apiv3_${'x'.repeat(85)}A` });
  const reply = await revoke(broken, token);
  expect([reply.status, reply.body.reason]).toEqual([503, 'misconfigured']);
  expect(reply.body.error_description).toContain("'main'");
  expect(catalogue(world)).toEqual([name]);
});

describe('a text that is neither', () => {
  test.each([
    'x',
    'apiv3_',
    'apiv3_short',
    `${stranger()}x`,
    ` ${stranger()}`,
    `apiv3_${'é'.repeat(86)}`,
    'a.b.c',
    '_admin',
  ])('"%s" is a token that does not exist, and nothing is called', async (text) => {
    const world = await open();
    expectDone(world, await revoke(world, text), 'refused');
    expect(world.calls).toEqual([]);
  });

  test('such as the name of a token, revokes nothing', async () => {
    const world = await open();
    const { name } = await vended(world);
    expectDone(world, await revoke(world, name), 'refused');
    expect(catalogue(world)).toEqual([name]);
  });

  test('such as a subject token, revokes nothing, and is not recorded', async () => {
    const world = await open();
    const subjectToken = await world.ciToken();
    expectDone(world, await revoke(world, subjectToken), 'refused');
    expect(JSON.stringify(world.events)).not.toContain(subjectToken.slice(-40));
  });
});

describe('a form is refused', () => {
  const cases: [string, string, Record<string, string>, number, string, string][] = [
    ['without a token', 'token_type_hint=access_token', {}, 401, 'invalid_request', 'token_missing'],
    ['with an empty token', 'token=', {}, 401, 'invalid_request', 'token_missing'],
    ['with a token twice', 'token=stsl_a&token=stsl_b', {}, 400, 'invalid_request', 'request_malformed'],
    ['with an unknown parameter', 'token=x&name=y', {}, 400, 'invalid_request', 'request_malformed'],
    ['with a client secret', 'token=x&client_secret=y', {}, 400, 'invalid_request', 'request_malformed'],
    [
      'with a credential in the header',
      'token=x',
      { authorization: 'Bearer y' },
      400,
      'invalid_request',
      'request_malformed',
    ],
    [
      'as JSON',
      '{"token":"x"}',
      { 'content-type': 'application/json' },
      415,
      'invalid_request',
      'content_type_unsupported',
    ],
    ['when it is too large', `token=${'x'.repeat(33 * 1024)}`, {}, 413, 'invalid_request', 'body_too_large'],
  ];
  test.each(cases)('%s', async (_, body, headers, status, error, reason) => {
    const world = await open();
    expectError(world, await post(world, '/oauth/revoke', body, headers), status, error, reason as never);
    expect(world.calls).toEqual([]);
  });

  test('by another method, also with the token in the query', async () => {
    const world = await open();
    const { name, lease } = await vended(world);
    const reply = await world.request(`/oauth/revoke?token=${lease}`);
    expect([reply.status, reply.headers.get('allow'), reply.body.reason]).toEqual([405, 'POST', 'method_not_allowed']);
    expect(catalogue(world)).toEqual([name]);
    expect(world.events).toMatchObject([{ kind: 'revoke', reason: 'method_not_allowed' }]);
  });
});

describe('when InfluxDB does not do its part', () => {
  test.each([
    ['other', { kind: 'reset' }, 503, 'upstream_unreachable'],
    ['other', { kind: 'status', status: 500 }, 503, 'upstream_unreachable'],
    ['other', { kind: 'status', status: 200, body: 'hello' }, 503, 'upstream_unreachable'],
    [
      'other',
      { kind: 'status', status: 401, body: 'a gateway wants to know who you are' },
      503,
      'upstream_unreachable',
    ],
    ['other', { kind: 'status', status: 404, body: '<html>no such page</html>' }, 503, 'upstream_unreachable'],
    ['list', { kind: 'reset' }, 503, 'upstream_unreachable'],
    ['delete', { kind: 'reset' }, 503, 'upstream_unreachable'],
  ] as const)('at its %s (%o), the caller is told to ask again, and the token lives', async (operation, fault, status, reason) => {
    const world = await open();
    const { name, token } = await vended(world);
    world.influx.faults.next(operation, fault);
    const reply = await revoke(world, token);
    expect([reply.status, reply.body.error, reply.body.reason, reply.body.retryable]).toEqual([
      status,
      'temporarily_unavailable',
      reason,
      true,
    ]);
    expect(reply.headers.get('retry-after')).toBe('10');
    expect(catalogue(world)).toEqual([name]);
    expectNoSecrets(world, reply.text);
  });

  test('because the admin token is no longer good, the operator is told', async () => {
    const world = await open();
    const { token } = await vended(world);
    const broken = world.restart({ INFLUXDB3_ADMIN_TOKEN: stranger() });
    const reply = await revoke(broken, token);
    expect([reply.status, reply.body.reason]).toEqual([503, 'misconfigured']);
    expect(world.alarms).toEqual([{ name: 'admin_token_refused', facts: { instance: 'main' } }]);
  });
});

describe('a caller who tries database tokens', () => {
  /** Lets so many through for each key. */
  const limited = (limit: number, keys: string[] = []): Pick<WorldOptions, 'stores'> => ({
    stores: (memory) => ({
      ...memory,
      revocations: {
        take: async (key) => {
          keys.push(key);
          return keys.filter((one) => one === key).length <= limit;
        },
      },
    }),
  });

  test('is slowed down by their address, before anything is called', async () => {
    const keys: string[] = [];
    const world = await open(limited(1, keys));
    const from = (address: string) => revoke(world, stranger(), {}, { 'cf-connecting-ip': address });
    expect((await from('192.0.2.1')).status).toBe(200);
    forget(world);
    const reply = await from('192.0.2.1');
    expectError(world, reply, 429, 'slow_down', 'rate_limited');
    expect([reply.headers.get('retry-after'), reply.body.retryable, world.calls]).toEqual(['10', true, []]);
    expect((await from('192.0.2.2')).status).toBe(200);
    expect(keys).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.2']);
  });

  test('cannot choose their address by a header of their own', async () => {
    const keys: string[] = [];
    const world = await open(limited(9, keys));
    await revoke(
      world,
      stranger(),
      {},
      { 'x-forwarded-for': '192.0.2.9', 'x-real-ip': '192.0.2.9', forwarded: 'for=192.0.2.9' },
    );
    expect(keys).toEqual(['inside']);
  });

  test('counts as one with all of their /64 of IPv6', () => {
    expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
    expect(new Set(['2001:db8:0:7::1', '2001:DB8:0:7:ffff:1:2:3', '2001:0db8::7:0:0:0:9'].map(networkOf))).toEqual(
      new Set(['2001:db8:0:7']),
    );
    expect([networkOf('::1'), networkOf('2001:db8::'), networkOf('2001:db8:1:2:3:4:5:6')]).toEqual([
      '0:0:0:0',
      '2001:db8:0:0',
      '2001:db8:1:2',
    ]);
  });

  test('is refused while nobody can count, and leases still work', async () => {
    const world = await open({
      stores: (memory) => ({ ...memory, revocations: { take: () => Promise.reject(new Error('down')) } }),
    });
    const { lease, token } = await vended(world);
    const reply = await revoke(world, token);
    expectError(
      { ...world, influx: { ...world.influx, creates: () => 0 } },
      reply,
      503,
      'temporarily_unavailable',
      'state_unavailable',
    );
    expect(world.alarms).toEqual([{ name: 'rate_limiter_unavailable', facts: { limiter: 'REVOCATIONS' } }]);
    expect(world.calls).toEqual([]);
    expect((await revoke(world, lease)).status).toBe(200);
  });
});

test('a token that came through the OAuth door is revoked through it', async () => {
  const world = await open();
  const { body } = await exchange(world);
  expect((await revoke(world, body.access_token)).status).toBe(200);
  expect(catalogue(world)).toEqual([]);
});
