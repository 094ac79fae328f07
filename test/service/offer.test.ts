// What the page offers a person: only what a request for it would be granted, and only names of databases that their own patterns cover.

import { describe, expect, test } from 'vitest';
import { success } from '../../src/foundation/failure.ts';
import type { Offer } from '../../src/service/offer.ts';
import { AUDIENCE, BACKEND, createWorld, GITHUB, type World, type WorldOptions } from '../world.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  people: { issuer: ${BACKEND} }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: engineers
    issuer: people
    when: { groups: { contains: eng } }
    allow: ["db:prod,archive:read", "db:scratch_*:read,write", "db:home_{user}:read,write"]
    ttl: { default: 1h, max: 8h }
  - name: dba
    issuer: people
    when: { groups: { contains: dba } }
    allow: ["db:*:read", "system:metrics:read"]
    ttl: 15m
  - name: sales
    issuer: people
    when: { groups: { contains: sales } }
    allow: ["db:sales:read"]
    ttl: 15m
  - name: ci
    issuer: github
    when: { repository_id: "123456", repository_owner_id: "77" }
    allow: ["db:ci_*:write"]
    ttl: 15m
  - name: nobody-writes-the-frozen
    issuer: people
    when: { frozen: true }
    deny: ["db:scratch_frozen:read,write", "db:home_ada:write", "db:archive:read"]
`;
const DATABASES = ['prod', 'scratch_a', 'scratch_frozen', 'secret', 'home_ada', 'home_bob'];

const worldOf = (options: WorldOptions = {}) =>
  createWorld({ policy: POLICY, influx: { databases: DATABASES }, ...options });
const offered = async (world: World, claims: Record<string, unknown>): Promise<Offer> => {
  const receipt = { id: 'one', receivedAt: world.clock.now };
  const result = await world.service.offer(receipt, success(await world.backendToken({ sub: 'ada', ...claims })));
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
};
const ADA = { groups: ['eng'], user: 'ada', frozen: false };

describe('an offer', () => {
  test('holds the rules that match, with concrete names and patterns, and the existing databases of patterns', async () => {
    const { rules, who, unlisted } = await offered(await worldOf(), ADA);
    expect(who).toMatchObject({ issuer: BACKEND, subject: { sub: 'ada' } });
    expect(unlisted).toEqual([]);
    expect(rules).toEqual([
      {
        rule: 'engineers',
        instance: 'main',
        entries: [
          { type: 'db', kind: 'name', name: 'prod', actions: ['read'], suggestions: [], missing: false },
          { type: 'db', kind: 'name', name: 'archive', actions: ['read'], suggestions: [], missing: true },
          {
            type: 'db',
            kind: 'pattern',
            name: 'scratch_*',
            actions: ['read', 'write'],
            suggestions: ['scratch_a', 'scratch_frozen'],
            missing: false,
          },
          { type: 'db', kind: 'name', name: 'home_ada', actions: ['read', 'write'], suggestions: [], missing: false },
        ],
        withheld: [],
        ttl: { default: 3_600, max: 28_800 },
        share: false,
        withinSubjectToken: false,
        switchedOff: null,
      },
    ]);
  });

  test('never names a database that no pattern of the caller covers, nor _internal', async () => {
    expect(JSON.stringify(await offered(await worldOf(), ADA))).not.toMatch(/secret|home_bob|_internal|sales/);
    const { rules } = await offered(await worldOf(), { ...ADA, groups: ['dba'] });
    expect(rules[0]!.entries[0]).toMatchObject({ kind: 'pattern', name: '*', suggestions: DATABASES });
  });

  test('leaves out what a deny rule refuses, and says which entries are withheld', async () => {
    const { rules } = await offered(await worldOf(), { ...ADA, frozen: true });
    expect(rules[0]!.entries).toMatchObject([
      { name: 'prod' },
      { name: 'scratch_*', suggestions: ['scratch_a'] },
      { name: 'home_ada', actions: ['read'] },
    ]);
    expect(rules[0]!.withheld).toEqual(['db:archive:read']);
  });

  test('withholds a name that cannot be made of the claims', async () => {
    const { rules } = await offered(await worldOf(), { ...ADA, user: 'ada lovelace' });
    expect(rules[0]!.withheld).toEqual(['db:home_{user}:read,write']);
  });

  test('everything in it is granted as it is offered', async () => {
    const world = await worldOf();
    for (const claims of [ADA, { ...ADA, frozen: true }, { ...ADA, groups: ['dba', 'eng'] }]) {
      for (const { rule, entries } of (await offered(world, claims)).rules) {
        const permissions = entries
          .filter(({ missing }) => !missing)
          .flatMap(({ type, kind, name, actions, suggestions }) =>
            (kind === 'name' ? [name] : suggestions).flatMap((one) =>
              actions.filter(() => kind === 'name' || actions.length === 1).map((action) => `${type}:${one}:${action}`),
            ),
          );
        const { status, body } = await world.vend(await world.backendToken({ sub: 'ada', ...claims }), {
          rule,
          permissions,
        });
        expect({ status, body }).toMatchObject({ status: 201 });
      }
    }
  });

  test('to a caller whom no rule admits is empty, and InfluxDB is not asked', async () => {
    const world = await worldOf();
    expect((await offered(world, { groups: ['visitors'] })).rules).toEqual([]);
    const stranger = await world.github.sign({ aud: AUDIENCE, sub: 'x', repository_id: '9', jti: 'j' });
    const receipt = { id: 'two', receivedAt: world.clock.now };
    expect(await world.service.offer(receipt, success(stranger))).toMatchObject({ ok: true, value: { rules: [] } });
    expect(world.calls.filter((host) => host.startsWith('influxdb'))).toEqual([]);
    expect(world.calls).toContain(new URL(GITHUB).host);
  });

  test('does not wait for an InfluxDB that is silent, and says which instance could not be listed', async () => {
    const world = await worldOf({ hurry: 100 });
    world.influx.faults.always('database', { kind: 'hang' });
    const { rules, unlisted } = await offered(world, ADA);
    expect(unlisted).toEqual(['main']);
    expect(rules[0]!.entries[2]).toMatchObject({ name: 'scratch_*', suggestions: [], missing: false });
  });

  test('does not wait for a switchboard that is silent', async () => {
    const world = await worldOf({
      hurry: 100,
      stores: (memory) => ({ ...memory, board: { ...memory.board, list: () => new Promise<never>(() => {}) } }),
    });
    expect((await offered(world, ADA)).rules[0]!.switchedOff).toBeNull();
  });

  test('is recorded once, and a refused admin token raises the alarm', async () => {
    const world = await worldOf({ env: { INFLUXDB3_ADMIN_TOKEN: `apiv3_${'x'.repeat(86)}` } });
    expect((await offered(world, ADA)).unlisted).toEqual(['main']);
    expect(world.events).toMatchObject([{ kind: 'offer', outcome: 'allowed', subject: { sub: 'ada' } }]);
    expect(world.alarms.map(({ name }) => name)).toEqual(['admin_token_refused']);
  });
});
