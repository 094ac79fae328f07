// The names of minted tokens: their grammar, that no two are equal, and that they tell whose a token is to us alone.

import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { createName, ownerDigest } from '../../src/influx/name.ts';

const keyring = createKeyring(new Uint8Array(32).fill(1));
const otherKeyring = createKeyring(new Uint8Array(32).fill(2));
const parts = { instance: 'main', rule: 'ci-metrics', owner: `o${'a'.repeat(26)}` };
const START = Date.parse('2026-11-23T12:00:00Z');
const runtime = { now: () => START, random: (size: number) => crypto.getRandomValues(new Uint8Array(size)) };
/** The same randomness each time, so that two names differ only by what the test changes. */
const still = { now: () => START, random: (size: number) => new Uint8Array(size).fill(7) };

const GRAMMAR = /^sts\.[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}\.o[a-z2-7]{26}\.[0-7][0-9A-HJKMNP-TV-Z]{25}\.[a-z2-7]{16}$/;
const GITHUB = 'https://token.actions.githubusercontent.com';
const owner = [GITHUB, ['repository_id', '123456'], ['sub', 'repo:acme/app:ref:refs/heads/main']];

describe('a name', () => {
  test('is of the documented grammar and survives a query string', async () => {
    const name = await createName({ ...parts, owner: await ownerDigest(keyring, owner) }, keyring, runtime);
    expect(name).toMatch(GRAMMAR);
    expect(name).toBe(encodeURIComponent(name));
  });

  test('begins with what it is for', async () => {
    expect(await createName(parts, keyring, runtime)).toMatch(/^sts\.main\.ci-metrics\.oaaaaaaaaaaaaaaaaaaaaaaaaaa\./);
  });

  test('is never made twice, not even in one millisecond', async () => {
    const names = await Promise.all(Array.from({ length: 2_000 }, () => createName(parts, keyring, runtime)));
    expect(new Set(names).size).toBe(2_000);
  });

  test('sorts by the time it was made at', async () => {
    const times = [0, 1, 31, 32, 1_000, 3_600_000, 86_400_000 * 365];
    const made = times.map((later) => createName(parts, keyring, { ...runtime, now: () => START + later }));
    const names = await Promise.all(made);
    expect([...names].sort()).toEqual(names);
  });

  const tagOf = async (changed: Partial<typeof parts>, keys = keyring, clock = still) =>
    (await createName({ ...parts, ...changed }, keys, clock)).split('.').at(-1);

  test('carries the same tag for the same parts', async () => {
    expect(await tagOf({})).toBe(await tagOf({}));
  });

  test.each<[string, () => Promise<string | undefined>]>([
    ['another instance', () => tagOf({ instance: 'spare' })],
    ['another rule', () => tagOf({ rule: 'tenant-self' })],
    ['another owner', () => tagOf({ owner: `o${'b'.repeat(26)}` })],
    ['another time', () => tagOf({}, keyring, { ...still, now: () => START + 1 })],
    ['other randomness', () => tagOf({}, keyring, { ...still, random: (size) => new Uint8Array(size).fill(8) })],
    ['another key', () => tagOf({}, otherKeyring)],
  ])('carries another tag for %s', async (_, tag) => {
    expect(await tag()).not.toBe(await tagOf({}));
  });
});

describe("an owner's digest", () => {
  test('is the same each time, also from a keyring of the same key', async () => {
    const again = createKeyring(new Uint8Array(32).fill(1));
    expect(await ownerDigest(again, owner)).toBe(await ownerDigest(keyring, owner));
  });

  test('cannot be recomputed without the key', async () => {
    expect(await ownerDigest(otherKeyring, owner)).not.toBe(await ownerDigest(keyring, owner));
  });

  test.each<[string, unknown[]]>([
    ['the same subject at another issuer', ['https://login.example.com/', ...owner.slice(1)]],
    ['another value', [GITHUB, ['repository_id', '123457'], owner[2]]],
    ['the claims in another order', [GITHUB, owner[2], owner[1]]],
    ['one claim less', [GITHUB, owner[1]]],
    [
      'a value that holds what looks like the next claim',
      [GITHUB, ['repository_id', '123456,sub,repo:acme/app:ref:refs/heads/main']],
    ],
  ])('differs for %s', async (_, other) => {
    expect(await ownerDigest(keyring, other)).not.toBe(await ownerDigest(keyring, owner));
  });

  test('says nothing of the person whose it is', async () => {
    const person = ['https://acme.cloudflareaccess.com', ['email', 'jane@acme.example'], ['sub', 'jane']];
    const digest = await ownerDigest(keyring, person);
    expect(digest).toMatch(/^o[a-z2-7]{26}$/);
    expect(digest).not.toContain('jane');
  });
});
