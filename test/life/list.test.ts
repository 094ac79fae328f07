// Listing: each caller sees exactly its own live tokens, page by page, and nothing that only resembles them.

import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { createName } from '../../src/influx/name.ts';
import { createInfluxEmulator, type InfluxEmulator } from '../emulator/influxdb.ts';
import { createWorld, expectNoSecrets, expectRefusal, POLICY, type World, type WorldOptions } from '../world.ts';

const keyring = createKeyring(new Uint8Array(32).fill('k'.charCodeAt(0)));
const OLD_KEY = btoa('k'.repeat(32));
const SPARE_HOST = 'spare.example.com:8181';
const SPARE_TOKEN = `apiv3_${'s'.repeat(85)}A`;
const OPERATORS = `${POLICY}
  - name: operators
    issuer: backend
    when: { role: dba }
    roles: [operator]
`;
const TWO_INSTANCES = `${OPERATORS.replace(
  'rules:',
  `  main-2: { url: "https://${SPARE_HOST}", admin_token: INFLUXDB3_SPARE_TOKEN }
rules:`,
).replace(/(name: (?:ci-metrics|tenant-self|dashboards)\n)/g, '$1    instance: main\n')}
  - name: archive
    issuer: backend
    instance: main-2
    when: { client_id: archivist }
    allow: ["db:archive:read"]
`;

const open = (options: WorldOptions = {}) => createWorld({ policy: OPERATORS, ...options });

async function openTwo(options: WorldOptions = {}) {
  const time = { now: () => 0 };
  const spare = createInfluxEmulator({ now: () => time.now(), adminToken: SPARE_TOKEN });
  const world = await open({
    policy: TWO_INSTANCES,
    env: { INFLUXDB3_SPARE_TOKEN: SPARE_TOKEN },
    elsewhere: (request) => spare.fetch(request),
    ...options,
  });
  time.now = () => world.clock.now;
  return { world, spare };
}

const list = (world: World, credential: string, query = '') =>
  world.request(`/v1/tokens${query}`, { headers: { authorization: `Bearer ${credential}` } });
const namesOf = (reply: { body: { tokens: { name: string }[] } }) => reply.body.tokens.map(({ name }) => name);
const tenant = (world: World) => world.backendToken({ sub: 'tenant-a', tenant: 'a' });
const operator = (world: World) => world.backendToken({ sub: 'dba-1', role: 'dba' });

/** Every page, for as long as there is a cursor. */
async function pages(world: World, credential: string, query = '?'): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | null = null;
  do {
    const reply = await list(world, credential, `${query}${cursor === null ? '' : `&cursor=${cursor}`}`);
    expect(reply.status, reply.text).toBe(200);
    found.push(namesOf(reply));
    cursor = reply.body.cursor;
  } while (cursor !== null && found.length < 20);
  return found;
}

async function ownerOf(world: World, credential: string): Promise<string> {
  const { body } = await world.vend(credential);
  await world.request(`/v1/tokens/${body.name}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${body.lease}` },
  });
  return body.name.split('.')[3];
}

/** Live tokens of ours, put into the catalogue; their names in order. */
async function seed(world: World, influx: InfluxEmulator, count: number, parts: { owner: string; instance?: string }) {
  const { now } = world.clock;
  const runtime = { now: () => now, random: (size: number) => crypto.getRandomValues(new Uint8Array(size)) };
  const all = { instance: 'main', rule: 'tenant-self', ...parts };
  const names = await Promise.all(Array.from({ length: count }, () => createName(all, keyring, runtime)));
  influx.seed(names.map((name) => ({ name, createdAt: now, expiry: now + 60_000 })));
  return names.sort();
}

describe('a caller sees', () => {
  test.each(['json', 'plain'] as const)('what it holds, with permissions listed as %s', async (permissionsListing) => {
    const world = await open({ influx: { permissionsListing } });
    const subjectToken = await world.backendToken({ sub: 'boards', client_id: 'dashboards' });
    const permissions = ['db:tenant_a:read', 'db:tenant_b:read', 'system:health,metrics:read'];
    const vended = await world.vend(subjectToken, { permissions });
    expect(vended.status).toBe(201);
    world.events.length = 0;
    const reply = await list(world, subjectToken);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.body).toEqual({
      tokens: [
        {
          name: vended.body.name,
          rule: 'dashboards',
          instance: 'main',
          permissions: vended.body.permissions,
          created_at: '2026-11-23T12:00:00Z',
          expires_at: '2026-11-23T12:30:00Z',
          shared: false,
        },
      ],
      cursor: null,
      incomplete: [],
    });
    expect(world.events).toMatchObject([{ kind: 'list', outcome: 'allowed', issuer: 'backend' }]);
    expectNoSecrets(world, reply.text, [subjectToken]);
  });

  test('nothing of anybody else, whatever their rule or issuer', async () => {
    const world = await open();
    const mine = await world.vend(await tenant(world));
    const others = [
      await world.backendToken({ sub: 'tenant-b', tenant: 'a' }),
      await world.backendToken({ sub: 'boards', client_id: 'dashboards' }),
      await world.ciToken(),
    ];
    for (const other of others) await world.vend(other);
    expect(namesOf(await list(world, await tenant(world)))).toEqual([mine.body.name]);
    for (const other of others) expect(namesOf(await list(world, other))).not.toContain(mine.body.name);
  });

  test('no token that has expired or was revoked', async () => {
    const world = await open();
    const [first, second] = [await world.vend(await tenant(world)), await world.vend(await tenant(world))];
    await world.request(`/v1/tokens/${first.body.name}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${first.body.lease}` },
    });
    world.clock.advance(899_999);
    expect(namesOf(await list(world, await tenant(world)))).toEqual([second.body.name]);
    world.clock.advance(1);
    expect(namesOf(await list(world, await tenant(world)))).toEqual([]);
  });

  test('its older tokens after the key was rotated, beside the newer ones', async () => {
    const world = await open();
    const before = await world.vend(await tenant(world));
    const rotated = world.restart({ STS_KEY: btoa('n'.repeat(32)), STS_KEY_PREVIOUS: OLD_KEY });
    const after = await rotated.vend(await tenant(world));
    expect(namesOf(await list(rotated, await tenant(world))).sort()).toEqual(
      [before.body.name, after.body.name].sort(),
    );
    expect(before.body.name.split('.')[3]).not.toBe(after.body.name.split('.')[3]);
  });

  test('nothing that only resembles its names', async () => {
    const world = await open();
    const owner = await ownerOf(world, await tenant(world));
    const [sound] = (await seed(world, world.influx, 1, { owner })) as [string];
    const { now } = world.clock;
    const [head, ulid, tag] = [sound.slice(0, -44), sound.slice(-43, -17), sound.slice(-16)];
    const hostile = [
      `${head}.${ulid}.${tag[0] === 'a' ? 'b' : 'a'}${tag.slice(1)}`,
      `${sound}.${tag}`,
      `${head}.x`,
      `${head}.${ulid}.${tag}\n`,
      `${head}.<script>alert(1)</script>`,
      `sts.main.a.b.${owner}.${ulid}.${tag}`,
      sound.replace('tenant-self', '%'),
    ];
    world.influx.seed(hostile.map((name) => ({ name, createdAt: now, expiry: now + 60_000 })));
    expect(await pages(world, await tenant(world))).toEqual([[sound]]);
    expect(await pages(world, await operator(world), '?all=true')).toEqual([[sound]]);
  });

  test('no token of its name that never expires: this service makes none', async () => {
    const world = await open();
    const owner = await ownerOf(world, await tenant(world));
    const [name] = (await seed(world, createInfluxEmulator(), 1, { owner })) as [string];
    world.influx.seed([{ name, createdAt: world.clock.now, expiry: null }]);
    expect(namesOf(await list(world, await tenant(world)))).toEqual([]);
  });
});

describe('pages', () => {
  test.each([
    [99, [99]],
    [100, [100, 0]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
  ])('hold a hundred: %i tokens come as %j', async (count, sizes) => {
    const world = await open();
    const names = await seed(world, world.influx, count, { owner: await ownerOf(world, await tenant(world)) });
    const found = await pages(world, await tenant(world));
    expect(found.map((page) => page.length)).toEqual(sizes);
    expect(found.flat()).toEqual(names);
  });

  test.each([
    [99, 1],
    [99, 2],
    [100, 1],
    [100, 100],
    [150, 151],
    [0, 101],
    [101, 0],
  ])('lead across instances without a gap or a repetition: %i and %i', async (first, second) => {
    const { world, spare } = await openTwo();
    const owner = await ownerOf(world, await tenant(world));
    const onSpare = await seed(world, spare, first, { owner, instance: 'main-2' });
    const onMain = await seed(world, world.influx, second, { owner });
    const found = await pages(world, await tenant(world));
    // "main-2." sorts before "main.".
    expect(found.flat()).toEqual([...onSpare, ...onMain]);
    expect(Math.max(...found.map((page) => page.length))).toBeLessThanOrEqual(100);
  });

  test('go on behind a page that is full of names which are not ours', async () => {
    const world = await open();
    const owner = await ownerOf(world, await tenant(world));
    const names = await seed(world, world.influx, 3, { owner });
    const { now } = world.clock;
    const foreign = Array.from({ length: 200 }, (_, at) => `sts.main.a.${owner}.${at}${'x'.repeat(1_000)}`);
    world.influx.seed(foreign.map((name) => ({ name, createdAt: now, expiry: now + 60_000 })));
    expect((await pages(world, await tenant(world))).flat()).toEqual(names);
  });

  test("a cursor opens nobody else's tokens", async () => {
    const world = await open();
    await seed(world, world.influx, 150, { owner: await ownerOf(world, await tenant(world)) });
    const { cursor } = (await list(world, await tenant(world))).body;
    expect(cursor).not.toBeNull();
    const stranger = await world.backendToken({ sub: 'tenant-b', tenant: 'a' });
    expect((await list(world, stranger, `?cursor=${cursor}`)).body).toEqual({
      tokens: [],
      cursor: null,
      incomplete: [],
    });
  });
});

describe('filters', () => {
  test('by rule and by instance narrow the list, and cost no call to another instance', async () => {
    const { world, spare } = await openTwo();
    const both = await world.backendToken({ sub: 'x', tenant: 'a', client_id: 'dashboards' });
    const self = await world.vend(both, { rule: 'tenant-self' });
    const boards = await world.vend(both, { rule: 'dashboards', permissions: ['db:tenant_a:read'] });
    expect([self.status, boards.status]).toEqual([201, 201]);
    expect(namesOf(await list(world, both, '?rule=tenant-self'))).toEqual([self.body.name]);
    expect(namesOf(await list(world, both, '?rule=tenant'))).toEqual([]);
    spare.requests.length = 0;
    expect(namesOf(await list(world, both, '?rule=dashboards&instance=main'))).toEqual([boards.body.name]);
    expect(spare.requests).toEqual([]);
    expect(namesOf(await list(world, both, '?instance=main-2'))).toEqual([]);
  });

  test('of an operator reach everybody, with paging', async () => {
    const { world, spare } = await openTwo();
    const own = await seed(world, world.influx, 60, { owner: `o${'a'.repeat(26)}` });
    const shared = await seed(world, world.influx, 60, { owner: `s${'b'.repeat(26)}` });
    const other = await seed(world, spare, 30, { owner: `o${'c'.repeat(26)}`, instance: 'main-2' });
    const found = await pages(world, await operator(world), '?all=true');
    expect(found.flat()).toEqual([...other, ...own, ...shared]);
    expect((await pages(world, await operator(world), '?all=true&instance=main')).flat()).toEqual([...own, ...shared]);
    expect((await pages(world, await operator(world), '?all=true&rule=ci-metrics')).flat()).toEqual([]);
    const [{ shared: flag }] = (await list(world, await operator(world), '?all=true&instance=main')).body.tokens;
    expect(flag).toBe(false);
  });

  test('of an operator who does not say all=true show only their own', async () => {
    const world = await open();
    await seed(world, world.influx, 3, { owner: `o${'a'.repeat(26)}` });
    expect(namesOf(await list(world, await operator(world)))).toEqual([]);
    expect(namesOf(await list(world, await operator(world), '?all=false'))).toEqual([]);
  });
});

describe('is refused', () => {
  const untouched = (world: World) => expect(world.influx.requests).toEqual([]);

  test('for everybody’s tokens, to a caller who is no operator', async () => {
    const world = await open();
    const subjectToken = await tenant(world);
    expectRefusal(world, await list(world, subjectToken, '?all=true'), 403, 'operator_required', [subjectToken]);
    untouched(world);
  });

  test.each([
    '',
    '?all=true',
    '?instance=main',
    '?instance=none',
  ])('to a stranger, whatever they ask: %s', async (query) => {
    const world = await open();
    const subjectToken = await world.ciToken({ repository_id: '9', repository_owner_id: '9' });
    expectRefusal(world, await list(world, subjectToken, query), 403, 'no_rule', [subjectToken]);
    untouched(world);
  });

  test.each([
    '?all=yes',
    '?all=',
    '?all=true&all=false',
    '?rule=',
    '?rule=%25',
    '?rule=a.b',
    '?rule=CI',
    '?instance=main/..',
    '?cursor=',
    '?cursor=a',
    '?cursor=abcde',
    '?cursor=%25',
    `?cursor=${'a'.repeat(4_004)}`,
    '?cursor=_w',
    '?cursor=eB',
    '?owner=me',
    '?limit=1000',
  ])('with 400 when the query is malformed: %s', async (query) => {
    const world = await open();
    const subjectToken = await tenant(world);
    expectRefusal(world, await list(world, subjectToken, query), 400, 'request_malformed', [subjectToken]);
    untouched(world);
  });

  test('without a credential, before the query is looked at', async () => {
    const world = await open();
    expectRefusal(world, await world.request('/v1/tokens?all=yes'), 401, 'token_missing');
  });

  test('for an instance that is not open to the caller, in the words of a vend and without a call', async () => {
    const { world, spare } = await openTwo();
    const job = () => world.ciToken();
    for (const instance of ['main-2', 'main-3', 'elsewhere', 'constructor']) {
      world.events.length = 0;
      const vend = await world.vend(await job(), { instance });
      world.events.length = 0;
      const reply = await list(world, await job(), `?instance=${instance}`);
      expectRefusal(world, reply, 400, 'instance_unknown');
      expect(reply.body.detail).toBe(vend.body.detail);
    }
    untouched(world);
    expect(spare.requests).toEqual([]);
  });

  test('to an operator for an instance that does not exist, with those that do', async () => {
    const { world } = await openTwo();
    const reply = await list(world, await operator(world), '?all=true&instance=none');
    expectRefusal(world, reply, 400, 'instance_unknown');
    expect(reply.body.detail).toContain('"main"');
    expect(reply.body.detail).toContain('"main-2"');
  });
});

describe('only instances are asked', () => {
  const asked = async ({ world, spare }: Awaited<ReturnType<typeof openTwo>>, credential: string, query = '') => {
    const before = [world.influx.requests.length, spare.requests.length];
    expect((await list(world, credential, query)).status).toBe(200);
    return [world.influx.requests.length - before[0]!, spare.requests.length - before[1]!];
  };

  test('that a rule known to the caller grants on: a CI job hears of one, an account of its issuer of both', async () => {
    const both = await openTwo();
    expect(await asked(both, await both.world.ciToken())).toEqual([1, 0]);
    expect(await asked(both, await tenant(both.world))).toEqual([1, 1]);
  });

  test('all of them, for an operator, whatever rules they are known to', async () => {
    const policy = TWO_INSTANCES.replace(
      'issuer: backend\n    when: { role: dba }',
      'issuer: github\n    when: { repository_id: "55", repository_owner_id: "77" }',
    );
    const both = await openTwo({ policy });
    const job = await both.world.ciToken({ repository_id: '55' });
    expect(await asked(both, job)).toEqual([1, 1]);
    expect(await asked(both, job, '?all=true')).toEqual([1, 1]);
    expect(await asked(both, job, '?instance=main-2')).toEqual([0, 1]);
  });

  test('none, where only a roles rule knows the caller and does not match', async () => {
    const policy = TWO_INSTANCES.replace(
      'issuer: backend\n    when: { role: dba }',
      'issuer: github\n    when: { repository_id: "55", repository_owner_id: "77", ref: refs/heads/ops }',
    );
    const both = await openTwo({ policy });
    const job = await both.world.ciToken({ repository_id: '55' });
    expect(await asked(both, job)).toEqual([0, 0]);
    expect((await list(both.world, job)).body).toEqual({ tokens: [], cursor: null, incomplete: [] });
    expect((await list(both.world, job, '?instance=main')).body.reason).toBe('instance_unknown');
  });
});

describe('an instance that cannot be read costs its own tokens only', () => {
  const FAULTS: [string, (influx: InfluxEmulator) => void][] = [
    ['breaks the connection', (influx) => influx.faults.always('list', { kind: 'reset' })],
    [
      'answers 500',
      (influx) => influx.faults.always('list', { kind: 'status', status: 500, body: 'object store error' }),
    ],
    [
      'answers with a page',
      (influx) => influx.faults.always('list', { kind: 'status', status: 200, body: '<html></html>' }),
    ],
  ];
  for (const down of ['main', 'main-2'] as const) {
    test.each(FAULTS)(`${down} %s`, async (_name, fail) => {
      const { world, spare } = await openTwo();
      const owner = await ownerOf(world, await tenant(world));
      const onMain = await seed(world, world.influx, 2, { owner });
      const onSpare = await seed(world, spare, 2, { owner, instance: 'main-2' });
      fail(down === 'main' ? world.influx : spare);
      world.events.length = 0;
      const reply = await list(world, await tenant(world));
      expect([reply.status, reply.body.incomplete, reply.body.cursor]).toEqual([200, [down], null]);
      expect(namesOf(reply)).toEqual(down === 'main' ? onSpare : onMain);
      expect(world.events).toMatchObject([{ kind: 'list', outcome: 'allowed', incomplete: [down] }]);
      const alone = await list(world, await tenant(world), `?instance=${down}`);
      expect(alone.body).toEqual({ tokens: [], cursor: null, incomplete: [down] });
      expectNoSecrets(world, reply.text);
    });
  }

  test('without an admin token, or with one that InfluxDB refuses, which is an alarm', async () => {
    const without = await openTwo({ env: {} });
    expect((await list(without.world, await tenant(without.world))).body.incomplete).toEqual(['main-2']);
    const refused = await openTwo({ env: { INFLUXDB3_SPARE_TOKEN: `apiv3_${'x'.repeat(85)}A` } });
    expect((await list(refused.world, await tenant(refused.world))).body.incomplete).toEqual(['main-2']);
    expect(refused.world.alarms).toEqual([{ name: 'admin_token_refused', facts: { instance: 'main-2' } }]);
  });

  test('and when none answers, all are named', async () => {
    const { world, spare } = await openTwo();
    for (const influx of [world.influx, spare]) influx.faults.always('list', { kind: 'reset' });
    const reply = await list(world, await tenant(world));
    expect([reply.status, reply.body]).toEqual([200, { tokens: [], cursor: null, incomplete: ['main-2', 'main'] }]);
  });

  test('at once: one that is slow does not use up the time of the others', async () => {
    let askedMain = () => {};
    const asked = new Promise<void>((resolve) => {
      askedMain = resolve;
    });
    // It answers only when the other one has been asked as well.
    const { world } = await openTwo({
      hurry: 5,
      elsewhere: () => asked.then(() => Response.json([])),
      upstream: (request, influx) => {
        askedMain();
        return influx.fetch(request);
      },
    });
    expect((await list(world, await tenant(world))).body).toEqual({ tokens: [], cursor: null, incomplete: [] });
  });

  test.each([
    [150, 150, 'main-2'],
    [150, 150, 'main'],
    [100, 0, 'main'],
    [99, 2, 'main'],
  ])('while pages are read (%i and %i, %s fails from the second page on): no gap elsewhere, no repetition, an end', async (first, second, down) => {
    const { world, spare } = await openTwo();
    const owner = await ownerOf(world, await tenant(world));
    const onSpare = await seed(world, spare, first, { owner, instance: 'main-2' });
    const onMain = await seed(world, world.influx, second, { owner });
    const credential = await tenant(world);
    const found: string[] = [];
    const incomplete = new Set<string>();
    let cursor: string | null = null;
    let read = 0;
    do {
      const { body }: Awaited<ReturnType<typeof list>> = await list(
        world,
        credential,
        cursor === null ? '' : `?cursor=${cursor}`,
      );
      found.push(...namesOf({ body }));
      for (const name of body.incomplete) incomplete.add(name);
      cursor = body.cursor;
      if (++read === 1) (down === 'main' ? world.influx : spare).faults.always('list', { kind: 'reset' });
    } while (cursor !== null && read < 20);
    expect(new Set(found).size).toBe(found.length);
    const whole = down === 'main' ? onSpare : onMain;
    expect(found.filter((name) => whole.includes(name))).toEqual(whole);
    const missing = [...onSpare, ...onMain].filter((name) => !found.includes(name));
    if (missing.length > 0) expect([...incomplete]).toEqual([down]);
    expect(read).toBeLessThan(6);
  });
});
