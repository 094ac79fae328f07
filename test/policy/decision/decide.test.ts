// What `decide` adds to the evaluation: the owner, and the end of the subject token's own life.

import { describe, expect, test } from 'vitest';
import { createVerifier, type Identity } from '../../../src/identity/verifier.ts';
import { decide } from '../../../src/policy/decision/decide.ts';
import type { PermissionRequest } from '../../../src/policy/decision/evaluate.ts';
import { createIssuer } from '../../emulator/issuer.ts';
import { triples, withRules } from '../policy-text.ts';

const BACKEND = 'https://login.example.com/';
const START = Date.parse('2026-11-23T12:00:00Z');
const issuer = await createIssuer({ iss: BACKEND, now: () => START, algorithm: 'RS256' });
const policy = await withRules(
  '{ name: bound, issuer: backend, instance: main, when: { client_id: bound }, allow: ["db:a:read"], ttl: { default: 10m, max: 1h }, within_subject_token: true }',
  '{ name: free, issuer: backend, instance: second, when: { client_id: free }, allow: ["db:b,a:read"], ttl: 1h }',
);
const clock = { now: START };
const { verify } = createVerifier(
  { issuers: Object.values(policy.issuers), development: false },
  {
    fetch: (url, init) => issuer.fetch(new Request(url, init)),
    now: () => clock.now,
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    waitUntil: () => {},
    after: () => () => {},
    alarm: () => {},
  },
);

/** An identity can only come from the verifier; its token lives for `life` seconds from the start. */
async function identity(client: string, life = 300): Promise<Identity> {
  clock.now = START;
  const exp = START / 1000 + life;
  const verified = await verify(
    await issuer.sign({ aud: 'https://sts.example.com', sub: 'user-1', client_id: client, exp }),
  );
  if (!verified.ok) throw new Error(verified.failure.detail);
  return verified.value;
}

/** The ttl granted, or the reason of the refusal, some milliseconds after the start. */
function ttlOf(who: Identity, elapsed: number, request: PermissionRequest = {}) {
  const { result } = decide(policy, who, request, START + elapsed);
  return result.ok ? result.value.ttl : result.failure.reason;
}

describe('a rule within the subject token', () => {
  test.each([
    [0, 300],
    [1_000, 299],
    [1_001, 298],
    [240_500, 59],
    [298_999, 1],
    [299_000, 1],
    [299_001, 'token_expired'],
    [299_999, 'token_expired'],
    [300_000, 'token_expired'],
    [359_000, 'token_expired'],
  ])('%i ms into a life of 300 s gives %s', async (elapsed, expected) => {
    expect(ttlOf(await identity('bound'), elapsed)).toBe(expected);
  });

  test('still gives the shorter of what was asked and its own default', async () => {
    expect(ttlOf(await identity('bound', 7_200), 0)).toBe(600);
    expect(ttlOf(await identity('bound', 7_200), 0, { ttl: 3_600 })).toBe(3_600);
    expect(ttlOf(await identity('bound'), 0, { ttl: 10 })).toBe(10);
    expect(ttlOf(await identity('bound'), 0, { ttl: 301 })).toBe(300);
  });

  test('refuses what is over its maximum before it cuts', async () => {
    expect(ttlOf(await identity('bound'), 0, { ttl: 3_601 })).toBe('ttl_refused');
  });
});

test('another rule outlives the subject token', async () => {
  expect(ttlOf(await identity('free'), 299_999)).toBe(3_600);
});

test('a grant names its rule, its instance, the canonical permissions and the owner', async () => {
  const { result, rule } = decide(policy, await identity('free'), {}, START);
  expect(result).toMatchObject({
    ok: true,
    value: {
      rule: 'free',
      instance: { name: 'second' },
      permissions: triples('db:a,b:read'),
      owner: [BACKEND, ['sub', 'user-1']],
    },
  });
  expect(rule?.name).toBe('free');
});

test('a refusal grants nothing and names the rule it came from', async () => {
  const { result, rule } = decide(policy, await identity('free'), { permissions: triples('db:c:read') }, START);
  expect(result).toMatchObject({ ok: false, failure: { reason: 'not_granted' } });
  expect(rule?.name).toBe('free');
});
