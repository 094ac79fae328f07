// How the calls report a fault of the service itself.

import { expect, test } from 'vitest';
import { createCalls } from '../../src/rpc/calls.ts';
import { createWorld } from '../world.ts';

test('a fault becomes a problem with an id to quote, and its message stays inside', async () => {
  const alarms: unknown[] = [];
  const fault = () => Promise.reject(new RangeError('secret sauce'));
  const runtime = {
    fetch: () => Promise.reject(new TypeError('nothing is fetched here')),
    now: () => 0,
    random: (size: number) => new Uint8Array(size),
    waitUntil: () => undefined,
    after: () => () => undefined,
    alarm: (name: string, facts: object) => alarms.push({ name, ...facts }),
  };
  const calls = createCalls({ exchange: fault, revokeToken: fault }, runtime);
  for (const answer of [await calls.exchange({ subjectToken: 'x' }), await calls.revoke({ lease: 'stsl_' })]) {
    expect(answer).toMatchObject({ ok: false, problem: { reason: 'internal_error', request_id: answer.request_id } });
    expect(JSON.stringify([answer, alarms])).not.toContain('sauce');
  }
  expect(alarms).toMatchObject([{ error: 'RangeError' }, { error: 'RangeError' }]);
});

test('what a call throws at the schema never becomes more than a refusal', async () => {
  const world = await createWorld();
  const runtime = {
    fetch: () => Promise.reject(new TypeError('nothing is fetched here')),
    now: () => world.clock.now,
    random: (size: number) => new Uint8Array(size),
    waitUntil: () => undefined,
    after: () => () => undefined,
    alarm: () => undefined,
  };
  const calls = createCalls(world.service, runtime);
  const inputs = [
    undefined,
    () => 1,
    Symbol('x'),
    1n,
    new Date(),
    new Map([['subjectToken', 'x']]),
    { subjectToken: 'x', ttl: 10n },
    { subjectToken: 'x', permissions: ['db:a:read'.padEnd(1_000_000, 'x')] },
    JSON.parse('{"subjectToken":"x","__proto__":{"rule":"x"}}'),
    Object.create({ subjectToken: 'inherited' }),
  ];
  for (const input of inputs) {
    const answer = await calls.exchange(input);
    expect(answer).toMatchObject({ ok: false, problem: { status: expect.any(Number) } });
    expect(answer.ok ? '' : answer.problem.reason).toMatch(/^(request_malformed|token_missing|token_malformed)$/);
  }
  expect(world.events).toHaveLength(inputs.length);
  expect(world.calls).toEqual([]);
});
