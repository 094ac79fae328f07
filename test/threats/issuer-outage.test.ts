// Class "Issuer and key set", over time and in crowds: rotation, floods of unknown key ids, cold stampedes and outages, seen from the door.
// The finer bounds are in `test/identity/key-source.test.ts`.

import { describe, expect, it } from 'vitest';
import { REFRESH_COOLDOWN_MS } from '../../src/identity/key-source.ts';
import { createSigningKey } from '../emulator/issuer.ts';
import { createWorld, type Reply, type World } from '../world.ts';
import { tenantToken } from './attack.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const verdict = ({ status, body }: Reply) => (status === 201 ? 201 : `${status} ${body.reason}`);
const vend = async (world: World, token?: string) => verdict(await world.vend(token ?? (await tenantToken(world))));
const fetches = (world: World, path: string) =>
  world.backend.requests.filter((request) => request.path === path).length;
const keySetFetches = (world: World) => fetches(world, '/.well-known/jwks');
const forgedToken = async (world: World, kid: string) =>
  tenantToken(world, {}, { key: await createSigningKey('ES256', kid), header: { alg: 'RS256' } });

describe('rotation', () => {
  it('admits a new key as soon as the cooldown is over, and says "try again" until then', async () => {
    const world = await createWorld();
    expect(await vend(world)).toBe(201);
    await world.backend.rotate({ keepOld: true });
    const reply = await world.vend(await tenantToken(world));
    expect([verdict(reply), reply.body.retryable]).toEqual(['503 keys_unavailable', true]);
    world.clock.advance(REFRESH_COOLDOWN_MS);
    expect(await vend(world)).toBe(201);
  });

  it('keeps admitting the old key while it is published', async () => {
    const world = await createWorld();
    const key = world.backend.keys[0]!;
    await world.backend.rotate({ keepOld: true });
    expect(await vend(world, await tenantToken(world, {}, { key }))).toBe(201);
  });

  it('refuses a withdrawn key once the known ones are no longer fresh', async () => {
    const world = await createWorld();
    const key = world.backend.keys[0]!;
    expect(await vend(world)).toBe(201);
    await world.backend.rotate();
    world.clock.advance(10 * MINUTE + 1);
    expect(await vend(world, await tenantToken(world, {}, { key }))).toBe('401 signature_invalid');
    expect(await vend(world)).toBe(201);
  });
});

describe('a flood of unknown key ids', () => {
  it('costs the issuer one fetch per cooldown, and holders of valid tokens nothing', async () => {
    const world = await createWorld();
    expect(await vend(world)).toBe(201);
    world.clock.advance(REFRESH_COOLDOWN_MS);
    const before = keySetFetches(world);
    const forged = await Promise.all(Array.from({ length: 100 }, (_, at) => forgedToken(world, `unknown-${at}`)));
    const good = await Promise.all(Array.from({ length: 20 }, () => tenantToken(world)));
    const [refused, accepted] = await Promise.all([
      Promise.all(forged.map((token) => vend(world, token))),
      Promise.all(good.map((token) => vend(world, token))),
    ]);
    expect(keySetFetches(world) - before).toBe(1);
    expect(new Set(refused)).toEqual(new Set(['401 signature_invalid']));
    expect(new Set(accepted)).toEqual(new Set([201]));

    expect(await vend(world, forged[0])).toBe('503 keys_unavailable');
    expect(await vend(world, await tenantToken(world))).toBe(201);
    expect(keySetFetches(world) - before).toBe(1);
    expect(fetches(world, '/.well-known/openid-configuration')).toBe(1);
  });

  it('costs no more while the issuer fails, over ten minutes of one forgery a second', async () => {
    const world = await createWorld();
    world.backend.answer.discovery = () => new Response('busy', { status: 503 });
    const forged = await forgedToken(world, 'unknown');
    for (let second = 0; second < 600; second++) {
      expect(await vend(world, forged)).toBe('503 keys_unavailable');
      world.clock.advance(1000);
    }
    expect(world.backend.requests).toHaveLength(60);
  });

  it('of one issuer leaves the other alone', async () => {
    const world = await createWorld();
    await Promise.all(Array.from({ length: 20 }, async (_, at) => vend(world, await forgedToken(world, `x${at}`))));
    expect(await vend(world, await world.ciToken())).toBe(201);
  });
});

describe('a cold stampede', () => {
  it('of 200 callers makes one discovery and one fetch of keys, and serves them all', async () => {
    const world = await createWorld();
    const tokens = await Promise.all(Array.from({ length: 200 }, () => tenantToken(world)));
    const replies = await Promise.all(tokens.map((token) => vend(world, token)));
    expect(new Set(replies)).toEqual(new Set([201]));
    expect(world.backend.requests.map(({ path }) => path)).toEqual([
      '/.well-known/openid-configuration',
      '/.well-known/jwks',
    ]);
  });

  it('against a dead issuer makes one attempt, and tells them all to come again', async () => {
    const world = await createWorld({ hurry: 100 });
    world.backend.answer.discovery = () => new Promise(() => {});
    const token = await tenantToken(world);
    const replies = await Promise.all(Array.from({ length: 200 }, () => vend(world, token)));
    expect(new Set(replies)).toEqual(new Set(['503 keys_unavailable']));
    expect(world.backend.requests).toHaveLength(1);
  });
});

describe('an outage of two hours', () => {
  it.each([
    ['a dead network', () => Promise.reject(new TypeError('unreachable'))],
    ['errors', () => new Response('busy', { status: 500 })],
    ['an empty key set', () => Response.json({ keys: [] })],
    ['HTML', () => new Response('<html>')],
    ['keys of no use', () => Response.json({ keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'x' }] })],
  ])('with %s leaves known keys verifying, refuses unknown ones, and heals', async (_name, answer) => {
    const world = await createWorld();
    expect(await vend(world)).toBe(201);
    world.backend.answer = { discovery: answer, jwks: answer };
    for (let passed = 0; passed < 2 * HOUR; passed += 15 * MINUTE) {
      world.clock.advance(15 * MINUTE);
      expect(await vend(world)).toBe(201);
    }
    expect(await vend(world, await forgedToken(world, 'unknown'))).toBe('503 keys_unavailable');
    expect(world.alarms).toHaveLength(8);

    world.backend.answer = {};
    await world.backend.rotate();
    world.clock.advance(REFRESH_COOLDOWN_MS);
    expect(await vend(world)).toBe(201);
  });

  it('ends the trust in known keys after six hours', async () => {
    const world = await createWorld();
    expect(await vend(world)).toBe(201);
    world.backend.answer.jwks = () => new Response('busy', { status: 500 });
    world.clock.advance(6 * HOUR);
    expect(await vend(world)).toBe(201);
    world.clock.advance(1);
    expect(await vend(world)).toBe('503 keys_unavailable');
  });

  it('leaves the tokens of other issuers alone', async () => {
    const world = await createWorld({ hurry: 100 });
    world.backend.answer.discovery = () => new Promise(() => {});
    const [hung, served] = await Promise.all([vend(world), vend(world, await world.ciToken())]);
    expect([hung, served]).toEqual(['503 keys_unavailable', 201]);
  });
});
