// A session: when a token is replaced, how often the service is asked, and what is left alive.

import { expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { DatabaseToken } from '../../src/client/database-token.ts';
import { StsError } from '../../src/client/error.ts';
import { createSession, type SessionOptions } from '../../src/client/session.ts';
import { createSteppedEnvironment } from './stepped-environment.ts';

const LIFE_S = 100;

/** A service that counts, and fails when told to. */
function createWorldOfTokens(options: Partial<SessionOptions> & { life?: number; shared?: boolean } = {}) {
  const environment = createSteppedEnvironment();
  const revoked: string[] = [];
  const delays: StsError[] = [];
  const told: string[] = [];
  let exchanges = 0;
  const world = {
    environment,
    revoked,
    delays,
    told,
    exchanges: () => exchanges,
    failWith: null as StsError | null,
    /** Milliseconds that an exchange takes. */
    slow: 0,
    /** Milliseconds until the other nodes of a cluster know a token. */
    otherNodes: 0,
    life: options.life ?? LIFE_S,
    session: undefined as unknown as ReturnType<typeof createSession>,
  };
  const client = {
    origin: 'https://sts.example.com',
    environment,
    exchange: async (_: unknown, { withoutWaiting }: { withoutWaiting: AbortSignal }): Promise<DatabaseToken> => {
      const number = ++exchanges;
      if (world.slow > 0) await new Promise<void>((resolve) => environment.after(world.slow, resolve));
      if (world.otherNodes > 0) {
        await new Promise<void>((resolve) => {
          environment.after(world.otherNodes, resolve);
          withoutWaiting.addEventListener('abort', () => resolve());
        });
      }
      if (world.failWith !== null) throw world.failWith;
      return {
        token: `apiv3_${number}`,
        lease: options.shared ? null : `lease ${number}`,
        name: `name ${number}`,
        permissions: ['db:metrics:write'],
        expires_at: '2026-11-23T12:01:40Z',
        expires_in: world.life,
        rule: 'r',
        instance: 'main',
        url: 'https://influxdb.example.com',
        shared: options.shared ?? false,
        usable_after: null,
      };
    },
    revoke: async (lease: string) => void revoked.push(lease),
  } as unknown as Client;
  world.session = createSession({
    client,
    onDelay: (error) => delays.push(error),
    onToken: ({ token }) => void told.push(token),
    ...options,
  });
  return world;
}

const retryable = new StsError({ reason: 'upstream_unreachable', detail: 'down', retryable: true });
const denied = new StsError({ reason: 'no_rule', detail: 'no', retryable: false });

test('asks the service once however many want the token at the same time', async () => {
  const world = createWorldOfTokens();
  const tokens = await Promise.all(Array.from({ length: 50 }, () => world.session.token()));
  expect(new Set(tokens.map(({ token }) => token))).toEqual(new Set(['apiv3_1']));
  expect(world.exchanges()).toBe(1);
});

test('uses a token until its time to be replaced, which chance spreads, and never to its end', async () => {
  for (const [luck, replacedAfter] of [
    [0, 65_000],
    [0.999, 79_985],
  ] as const) {
    const world = createWorldOfTokens();
    world.environment.luck = luck;
    await world.session.token();
    await world.environment.advance(replacedAfter - 1);
    expect((await world.session.token()).token).toBe('apiv3_1');
    await world.environment.advance(1);
    expect((await world.session.token()).token).toBe('apiv3_2');
  }
});

test('asks the service once however many want it when it is time to replace the token', async () => {
  const world = createWorldOfTokens();
  await world.session.token();
  await world.environment.advance(70_000);
  await Promise.all(Array.from({ length: 50 }, () => world.session.token()));
  expect(world.exchanges()).toBe(2);
});

test('nobody waits for a replacement that is under way while the token in use still lives', async () => {
  const world = createWorldOfTokens();
  await world.session.keepFresh();
  world.slow = 10_000;
  await world.environment.advance(70_000);
  expect(world.exchanges()).toBe(2);
  expect((await world.session.token()).token).toBe('apiv3_1');
  await world.environment.advance(10_000);
  expect((await world.session.token()).token).toBe('apiv3_2');
  await world.session.close();
});

test('revokes a replaced token after its grace, not before', async () => {
  const world = createWorldOfTokens({ graceMs: 10_000 });
  await world.session.token();
  await world.environment.advance(70_000);
  await world.session.token();
  await world.environment.advance(9_999);
  expect(world.revoked).toEqual([]);
  await world.environment.advance(1);
  expect(world.revoked).toEqual(['lease 1']);
});

test('keeps itself fresh without being asked, and tells of each new token', async () => {
  const world = createWorldOfTokens();
  await world.session.keepFresh();
  await world.environment.advance(300_000);
  expect(world.told).toEqual(['apiv3_1', 'apiv3_2', 'apiv3_3', 'apiv3_4', 'apiv3_5']);
  await world.session.close();
});

test('goes on with the token in use while the service is down, asks again, and says so', async () => {
  const world = createWorldOfTokens();
  await world.session.token();
  await world.environment.advance(70_000);
  world.failWith = retryable;
  const tokens = await Promise.all(Array.from({ length: 50 }, () => world.session.token()));
  expect(new Set(tokens.map(({ token }) => token))).toEqual(new Set(['apiv3_1']));
  expect([world.exchanges(), world.delays]).toEqual([2, [retryable]]);
  world.failWith = null;
  await world.environment.advance(5_000);
  expect((await world.session.token()).token).toBe('apiv3_3');
});

test('gives no token past its end when there is no new one', async () => {
  const world = createWorldOfTokens();
  await world.session.token();
  world.failWith = retryable;
  await world.environment.advance(100_000);
  await expect(world.session.token()).rejects.toBe(retryable);
});

test('does not ask again and again for what is denied: once, and once more when the token has ended', async () => {
  const world = createWorldOfTokens();
  await world.session.keepFresh();
  world.failWith = denied;
  await world.environment.advance(1_000_000);
  expect(world.exchanges()).toBe(3);
  expect(world.delays).toEqual([denied, denied]);
  expect(world.environment.timers()).toEqual([]);
});

test('comes back by itself when an outage has lasted longer than the token', async () => {
  const world = createWorldOfTokens();
  await world.session.keepFresh();
  world.failWith = retryable;
  await world.environment.advance(500_000);
  world.failWith = null;
  await world.environment.advance(5_000);
  expect(world.told).toHaveLength(2);
  await world.session.close();
});

test('counts the time that a slow answer took as lived', async () => {
  const world = createWorldOfTokens();
  world.slow = 20_000;
  const asked = world.session.token();
  await world.environment.advance(20_000);
  await asked;
  await world.environment.advance(45_000);
  world.slow = 0;
  expect((await world.session.token()).token).toBe('apiv3_2');
});

test('a token that has little left when it arrives is replaced halfway, not in a loop', async () => {
  const world = createWorldOfTokens({ life: 20 });
  world.slow = 18_000;
  const asked = world.session.keepFresh();
  await world.environment.advance(18_000);
  await asked;
  expect(world.environment.timers()).toContain(1_000);
  await world.session.close();
});

test('revokes all that still lives when it is closed, and then gives nothing', async () => {
  const world = createWorldOfTokens();
  await world.session.keepFresh();
  await world.environment.advance(70_000);
  await world.session.close();
  expect(world.revoked.sort()).toEqual(['lease 1', 'lease 2']);
  expect(world.environment.timers()).toEqual([]);
  await expect(world.session.token()).rejects.toMatchObject({ reason: 'aborted' });
  await world.session.close();
  expect(world.revoked).toHaveLength(2);
});

test('revokes what arrives after it was closed', async () => {
  const world = createWorldOfTokens();
  world.slow = 5_000;
  const asked = world.session.token();
  const refused = expect(asked).rejects.toMatchObject({ reason: 'aborted' });
  const closing = world.session.close();
  await world.environment.advance(5_000);
  await Promise.all([refused, closing]);
  expect(world.revoked).toEqual(['lease 1']);
});

test("revokes what InfluxDB may still accept, whose clock began later than the session's", async () => {
  const world = createWorldOfTokens();
  world.slow = 5_000;
  const asked = world.session.token();
  await world.environment.advance(5_000);
  await asked;
  await world.environment.advance(98_000);
  await world.session.close();
  expect(world.revoked).toEqual(['lease 1']);
});

test('closing does not wait for the other nodes of a cluster: what is known is revoked at once, and what comes too', async () => {
  const world = createWorldOfTokens();
  await world.session.keepFresh();
  world.otherNodes = 3_600_000;
  await world.environment.advance(70_000);
  expect(world.exchanges()).toBe(2);
  await world.session.close();
  expect(world.revoked.sort()).toEqual(['lease 1', 'lease 2']);
});

test('closing revokes what is known although the service is slow with the next', async () => {
  const world = createWorldOfTokens();
  await world.session.keepFresh();
  world.slow = 20_000;
  await world.environment.advance(70_000);
  const closing = world.session.close();
  await world.environment.advance(0);
  expect(world.revoked).toEqual(['lease 1']);
  await world.environment.advance(20_000);
  await closing;
  expect(world.revoked).toEqual(['lease 1', 'lease 2']);
});

test('asks for no more than two tokens a second, however short they live', async () => {
  const world = createWorldOfTokens({ life: 0 });
  await world.session.keepFresh();
  await world.environment.advance(10_000);
  expect(world.exchanges()).toBeLessThanOrEqual(21);
  await world.session.close();
});

test('does not revoke what has ended, nor what others share', async () => {
  const ended = createWorldOfTokens();
  await ended.session.token();
  await ended.environment.advance(101_000);
  await ended.session.close();
  const shared = createWorldOfTokens({ shared: true });
  await shared.session.token();
  await shared.session.close();
  expect([ended.revoked, shared.revoked]).toEqual([[], []]);
});

test('closing says when a token could not be revoked', async () => {
  const world = createWorldOfTokens();
  await world.session.token();
  world.revoked.push = () => {
    throw retryable;
  };
  await expect(world.session.close()).rejects.toBe(retryable);
});
