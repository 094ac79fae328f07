// The gate by itself: what it admits, once; what a settlement does, whenever it comes; what it refuses.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../src/admission/record.ts';
import type { Switch } from '../../src/admission/switch.ts';
import { createOneGate, FORMAT, KEEP, MINUTE_MS, nameOf, type OneGate, START } from './one-gate.ts';

const NAME = nameOf(1);
const CLAIM = 'c'.repeat(64);
const made = { outcome: 'made', expires_at: '2026-11-23T12:15:00Z' } as const;
const open = ({ storage }: OneGate) => storage.run('SELECT id FROM open ORDER BY id').map(({ id }) => id);
const claims = ({ storage }: OneGate) => storage.run('SELECT key, id FROM claims');
const vends = async (gate: OneGate) => (await gate.entries()).filter(({ kind }) => kind === 'vend').reverse();

describe('an admission', () => {
  test('is a row with everything known, before it is answered', async () => {
    const gate = createOneGate();
    expect(await gate.admit(NAME, { claim: CLAIM, personal: { subject: { sub: 'x' }, claims: { a: 1 } } })).toBe(
      'admitted',
    );
    expect(gate.storage.run('SELECT * FROM open')).toEqual([
      {
        id: NAME,
        at: START,
        claim: CLAIM,
        facts: expect.stringContaining('"rule":"ci"'),
        personal: '{"subject":{"sub":"x"},"claims":{"a":1}}',
        salt: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
    expect(claims(gate)).toEqual([{ key: CLAIM, id: NAME }]);
  });

  test('asked for twice is one, and each yes writes', async () => {
    const gate = createOneGate();
    await gate.admit(NAME, { claim: CLAIM });
    const before = gate.storage.written();
    expect(await gate.admit(NAME, { claim: CLAIM })).toBe('admitted');
    expect(gate.storage.written()).toBeGreaterThan(before);
    expect([open(gate), claims(gate)]).toEqual([[NAME], [{ key: CLAIM, id: NAME }]]);
  });

  test('with a subject token that another one has claimed is refused, and leaves nothing', async () => {
    const gate = createOneGate();
    await gate.admit(NAME, { claim: CLAIM });
    expect(await gate.admit(nameOf(2), { claim: CLAIM })).toBe('replayed');
    expect(open(gate)).toEqual([NAME]);
  });

  test('whose settlement has overtaken it is refused, and its claim is not kept', async () => {
    const gate = createOneGate();
    await gate.settle(NAME, { outcome: 'abandoned' });
    expect(await gate.admit(NAME, { claim: CLAIM })).toBe('settled');
    expect(claims(gate)).toEqual([]);
    expect(await vends(gate)).toEqual([]);
  });

  test('that is settled already is not admitted again', async () => {
    const gate = createOneGate();
    await gate.admit(NAME, { claim: CLAIM });
    await gate.settle(NAME, made);
    expect(await gate.admit(NAME, { claim: CLAIM })).toBe('settled');
    expect(await vends(gate)).toHaveLength(1);
  });

  test('that fails half way leaves neither a claim nor a row', async () => {
    const gate = createOneGate();
    await gate.admit(nameOf(9));
    const { run } = gate.storage;
    Object.assign(gate.storage, {
      run: (statement: string, ...values: never[]) => {
        if (statement.startsWith('INSERT INTO open')) throw new Error('the disk is full');
        return run(statement, ...values);
      },
    });
    await expect(gate.admit(NAME, { claim: CLAIM })).rejects.toThrow('disk');
    Object.assign(gate.storage, { run });
    expect([open(gate), claims(gate)]).toEqual([[nameOf(9)], []]);
  });

  test.each([0, 2, 99])('in format %d is not guessed at, and neither is any other call', async (format) => {
    const gate = createOneGate();
    const written = { id: NAME, facts: '{}', result: '{}', personal: '' };
    expect(await gate.gate.admit(format, NAME, '', 0, 0, KEEP, 'p', '{}', '{}')).toBe('format');
    await gate.gate.settle(format, [{ id: NAME, outcome: 'made', reason: '', settlement: canonical(made) }]);
    await gate.gate.refuse(format, 'who', 1, written);
    await gate.gate.write(format, written);
    expect(await gate.gate.lookUp(format, NAME)).toBe('');
    expect(await gate.gate.search(format, '{}')).toBe('');
    expect(await gate.gate.state(format)).toBe('format');
    expect([open(gate), await gate.entries()]).toEqual([[], []]);
  });

  test.each<[string, Switch['target'], boolean]>([
    ['its rule', { kind: 'rule', name: 'ci' }, true],
    ['another rule', { kind: 'rule', name: 'other' }, false],
    ['its issuer', { kind: 'issuer', name: 'github' }, true],
    ['its instance', { kind: 'instance', name: 'main' }, true],
    ['everything', { kind: 'everything' }, true],
    ['a claim of the caller', { kind: 'identity', issuer: 'github', claims: { sub: 'x' } }, true],
    ['the claims of another', { kind: 'identity', issuer: 'github', claims: { sub: 'x', team: 'b' } }, false],
    ['the same claim of another issuer', { kind: 'identity', issuer: 'gitlab', claims: { sub: 'x' } }, false],
  ])('under a switch on %s', async (_, target, off) => {
    const gate = createOneGate();
    await gate.gate.state(FORMAT);
    const one: Switch = { id: 's', target, level: 'operator', why: 'a leak', until: START + 1_000, set_at: START };
    gate.storage.run('UPDATE gate SET version = 1, switches = ?', JSON.stringify([one]));
    const again = gate.restarted();
    const facts = { issuer: 'github' } as const;
    const verdict = await again.admit(NAME, { facts, claim: CLAIM });
    expect(verdict === 'admitted').toBe(!off);
    if (off) expect([JSON.parse(verdict), claims(again)]).toEqual([{ switched_off: one }, []]);
    gate.clock.now += 1_000;
    expect(await again.admit(nameOf(2), { facts })).toBe('admitted');
  });
});

describe('a settlement', () => {
  test('moves the row to an entry that has the next number, and tells the outcome', async () => {
    const gate = createOneGate();
    for (const number of [1, 2, 3]) await gate.admit(nameOf(number));
    for (const number of [2, 1, 3]) await gate.settle(nameOf(number), made);
    expect(open(gate)).toEqual([]);
    const entries = await vends(gate);
    expect(entries.map(({ token_name: name }) => name)).toEqual([nameOf(2), nameOf(1), nameOf(3)]);
    expect(entries.map(({ number }) => number)).toEqual([2, 3, 4]);
    expect(entries[0]).toMatchObject({ ...made, rule: 'ci', subject: { sub: 'x' } });
    const [kept] = gate.storage.run('SELECT salt, personal FROM entries WHERE number = 2');
    const digest = createHash('sha256').update(`${kept!.salt}${kept!.personal}`).digest('base64url');
    expect(entries[0]!.commitment).toBe(digest);
    expect(JSON.stringify(entries)).not.toContain(String(kept!.salt));
  });

  test.each([
    ['failed', true],
    ['abandoned', true],
    ['made', false],
    ['undelivered', false],
    ['unknown', false],
  ] as const)('%s gives back the claim: %s', async (outcome, back) => {
    const gate = createOneGate();
    await gate.admit(NAME, { claim: CLAIM });
    await gate.settle(NAME, { outcome });
    expect(await gate.admit(nameOf(2), { claim: CLAIM })).toBe(back ? 'admitted' : 'replayed');
  });

  test('said twice is one entry', async () => {
    const gate = createOneGate();
    await gate.admit(NAME);
    await gate.settle(NAME, made);
    await gate.settle(NAME, made);
    expect(await vends(gate)).toHaveLength(1);
  });

  test('that comes after the closing corrects it by a new entry, gives back no claim, and stops the questions', async () => {
    const gate = createOneGate();
    gate.catalogue.names = null;
    await gate.admit(NAME, { claim: CLAIM });
    await gate.pass(2 * MINUTE_MS);
    await gate.settle(NAME, { outcome: 'failed', reason: 'upstream_refused' });
    const [first, second] = await vends(gate);
    expect([first?.outcome, second?.outcome, second?.corrects]).toEqual(['unknown', 'failed', first?.number]);
    expect(await gate.admit(nameOf(2), { claim: CLAIM })).toBe('replayed');
    expect(gate.storage.run('SELECT * FROM unresolved')).toEqual([]);
  });

  test('that comes after a revocation corrects the admission, not the revocation', async () => {
    const gate = createOneGate();
    gate.catalogue.names = null;
    await gate.admit(NAME);
    await gate.pass(2 * MINUTE_MS);
    const facts = canonical({ kind: 'revoke', actor: 'operator', rule: 'ci' });
    const result = canonical({ outcome: 'pending' });
    await gate.gate.write(FORMAT, { id: NAME, facts, result, personal: '' });
    expect(JSON.parse(await gate.gate.lookUp(FORMAT, NAME))).toEqual({ outcome: 'unknown' });
    await gate.settle(NAME, made);
    const [latest] = await gate.entries();
    expect(latest).toMatchObject({ kind: 'vend', outcome: 'made', corrects: 2 });
  });
});

test('an entry of the trail is never changed: whatever is settled, corrected, revoked, refused or pruned later, it reads the same', async () => {
  const gate = createOneGate();
  gate.catalogue.names = new Set([nameOf(2)]);
  const seen = new Map<number, string>();
  const look = async () => {
    for (const row of gate.storage.run('SELECT * FROM entries')) {
      const { number, ...rest } = row;
      const text = JSON.stringify(rest);
      expect(seen.get(Number(number)) ?? text).toBe(text);
      seen.set(Number(number), text);
    }
  };
  for (const number of [1, 2, 3]) await gate.admit(nameOf(number), { claim: String(number).repeat(64) });
  await gate.settle(nameOf(1), made);
  await look();
  await gate.settle(nameOf(1), { outcome: 'failed' });
  await look();
  await gate.pass(3 * MINUTE_MS);
  await look();
  await gate.settle(nameOf(3), { outcome: 'abandoned' });
  await gate.refuse('x', { count: 5 });
  await look();
  await gate.pass(60 * MINUTE_MS);
  await gate.restarted().admit(nameOf(4));
  await look();
  expect(seen.size).toBeGreaterThan(6);
  expect([...seen.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: seen.size }, (_, at) => at + 1));
});

test('times of entries never go back, even when the clock does', async () => {
  const gate = createOneGate();
  await gate.admit(NAME);
  await gate.settle(NAME, made);
  gate.clock.now -= 60 * MINUTE_MS;
  await gate.admit(nameOf(2));
  await gate.settle(nameOf(2), made);
  const again = gate.restarted();
  await again.admit(nameOf(3));
  await again.settle(nameOf(3), made);
  const times = (await again.entries()).map(({ time }) => Date.parse(time)).reverse();
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBe(START);
});

test('the first sight of a policy and of a key is an entry, the next ones are none', async () => {
  const gate = createOneGate();
  const key = canonical({ kind: 'key', actor: 'service', key: 'k1' });
  const sight = (id: string) =>
    gate.gate.write(FORMAT, { id, facts: key, result: canonical({ outcome: 'done' }), personal: '' });
  await gate.admit(NAME, { facts: { request_id: 'r1' } });
  await gate.admit(nameOf(2));
  await gate.restarted().admit(nameOf(3));
  await gate.admit(nameOf(4), { policy: 'p2', facts: { request_id: 'r4' } });
  await sight('key:k1');
  await sight('key:k1');
  expect(
    [...(await gate.entries())].reverse().map(({ kind, policy, request_id: id, key }) => [kind, policy ?? key, id]),
  ).toEqual([
    ['policy', 'p1', 'r1'],
    ['policy', 'p2', 'r4'],
    ['key', 'k1', undefined],
  ]);
});
