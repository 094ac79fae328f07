// What a decision and its explanation may cost the service, for the callers and the requests that ask the most of it. Bounds are generous:
// they tell a bounded search from one that grows with what a caller sends.

import { expect, test } from 'vitest';
import type { Claims } from '../../../src/identity/claim.ts';
import { explain } from '../../../src/policy/decision/explain.ts';
import type { CompiledPolicy } from '../../../src/policy/language/compiled.ts';
import { vendRequest } from '../../../src/web/vend-request.ts';
import { cpuTime } from '../../cpu-time.ts';
import { triples, withRules } from '../policy-text.ts';

const RULES = 300;
const ENTRIES = '"db:a_*_x,b_*_x,c_*_x:read", "db:d_{tenant}:read"';
const rules = (when: (at: number) => string) =>
  withRules(
    ...Array.from(
      { length: RULES },
      (_, at) => `{ name: r${at}, issuer: backend, instance: main, when: ${when(at)}, allow: [${ENTRIES}] }`,
    ),
  );

/** As many permissions as a request may name, with the longest names that fit into a body of 16 KiB. */
const ASKED = triples(...Array.from({ length: 64 }, (_, at) => `db:a_${'_x'.repeat(110)}${at}:read`));

/** Milliseconds; the median of some runs. */
function medianTime(policy: CompiledPolicy, claims: Claims, viewer: 'caller' | 'operator'): number {
  const runs = Array.from({ length: 9 }, () =>
    cpuTime(() => {
      const { outcome } = explain(policy, { issuer: 'backend', claims }, { permissions: ASKED }, 0, viewer);
      expect(outcome).toBe('refused');
    }),
  );
  return runs.sort((a, b) => a - b)[4]!;
}

const LONG = 'release/'.repeat(1_125);
test.each<[name: string, when: (at: number) => string, claims: Claims]>([
  ['all match', () => '{ team: { like: "o*" } }', { team: 'ops', tenant: 'x' }],
  ['none match', (at) => `{ team: { like: "release/*${at}**x" }, kind: "${at}" }`, { team: 'release/'.repeat(128) }],
  ['a claim is too long to match', (at) => `{ team: { like: "**release/**${at}**" } }`, { team: LONG }],
  ['a claim is long', (at) => `{ team: "team-${at}", kind: "${at}" }`, { team: LONG, kind: LONG }],
  [
    'a claim is a long list',
    (at) => `{ groups: { contains: [g-${at}, { like: "a*${at}" }] } }`,
    { groups: Array.from({ length: 250 }, (_, at) => `ab-${at}`) },
  ],
])('an explanation of 300 rules takes no 50 ms when %s', async (_name, when, claims) => {
  const policy = await rules(when);
  medianTime(policy, claims, 'caller');
  expect(medianTime(policy, claims, 'caller')).toBeLessThan(50);
  expect(medianTime(policy, claims, 'operator')).toBeLessThan(50);
});

test('a body that multiplies names and actions is refused before they are multiplied', () => {
  const names = Array.from({ length: 400 }, (_, at) => `d${at}`).join(',');
  const permissions = Array.from({ length: 60 }, () => `db:${names}:read,write,create,delete,describe`);
  const spent = cpuTime(() => {
    const parsed = vendRequest().safeParse({ permissions });
    expect(parsed.error?.issues[0]?.message).toContain('it stands for more than 64 permissions');
  });
  expect(spent).toBeLessThan(100);
});

test('a long list of permissions is refused for its length before any of them is read', () => {
  const { error } = vendRequest().safeParse({ permissions: Array.from({ length: 65 }, () => 'no permission') });
  expect(error?.issues.map(({ message }) => message)).toEqual(['at most 64 permissions']);
});

test('a life too long for a number is a long life', () => {
  for (const ttl of ['1e400', '9'.repeat(400)]) {
    expect(vendRequest().parse(JSON.parse(`{"ttl":${ttl}}`))).toEqual({ ttl: Number.POSITIVE_INFINITY });
    expect(vendRequest().safeParse(JSON.parse(`{"ttl":-${ttl}}`)).success).toBe(false);
  }
});
