// The entries of all gates as one trail: no entry twice, none left out, whatever their times are and however many are read at once.

import { describe, expect, test } from 'vitest';
import { FORMAT, type Gate } from '../../src/admission/gate/gate.ts';
import { GATES } from '../../src/admission/gate-calls.ts';
import { canonical, type Entry, type Facts } from '../../src/admission/record.ts';
import { createTrailReader, type Mark } from '../../src/admission/trail-reader.ts';
import { createMemoryGates } from '../memory-gates.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const NOTHING_TO_WITHDRAW = {
  spreadMs: 0,
  find: async () => ({ names: [], unreachable: [] }),
  remove: async () => true,
};

function createTrail(change: (digit: string, gate: Gate) => Gate = (_, gate) => gate) {
  const clock = { now: START };
  const after = (milliseconds: number, action: () => void) => {
    const timer = setTimeout(action, milliseconds / 100);
    return () => clearTimeout(timer);
  };
  const runtime = { now: () => clock.now, after, alarm: () => undefined } as never;
  const memory = createMemoryGates({ has: async () => null }, () => NOTHING_TO_WITHDRAW, runtime);
  const gates = (digit: string) => change(digit, memory.gates(digit));
  const write = (digit: string, id: string, facts: Partial<Facts> = {}) =>
    memory.gates(digit).write(FORMAT, {
      id,
      facts: canonical({ kind: 'sweep', actor: 'service', ...facts }),
      result: canonical({ outcome: 'done' }),
      personal: '',
    });
  return { clock, memory, write, reader: createTrailReader({ gates, runtime }) };
}

const key = ({ gate, number }: Entry) => `${gate}:${number}`;
const EVERYTHING = { since: 0, until: Number.MAX_SAFE_INTEGER };

/** All pages, one after the other. */
async function read(
  { page }: ReturnType<typeof createTrail>['reader'],
  question: Parameters<typeof page>[0],
  between: () => Promise<void> = async () => undefined,
) {
  const entries: Entry[] = [];
  const sizes: number[] = [];
  let mark: Mark | null = null;
  do {
    const found = await page(question, mark);
    entries.push(...found.entries);
    sizes.push(found.entries.length);
    expect(found.silent).toEqual([]);
    mark = found.next;
    await between();
  } while (mark !== null && sizes.length < 1_000);
  expect(mark).toBeNull();
  return { entries, sizes };
}

/** A number that looks random and is the same in every run. */
function dice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

describe('pages of the trail', () => {
  test.each([
    1, 2, 3, 7, 100,
  ])('of %d entries hold each entry once, newest first, also where times are equal', async (limit) => {
    const { clock, memory, write, reader } = createTrail();
    const roll = dice(limit);
    for (let at = 0; at < 300; at++) {
      // Gates that are busy and gates that are not, and many entries at the same time.
      await write(GATES[roll(4) === 0 ? roll(16) : roll(3)]!, `sweep-${at}`);
      if (roll(3) === 0) clock.now += roll(3);
    }
    const { entries, sizes } = await read(reader, { ...EVERYTHING, limit });
    const written = await memory.entries();
    expect(entries.map(key).sort()).toEqual(written.map(key).sort());
    const times = entries.map(({ time }) => time);
    expect(times).toEqual([...times].sort().reverse());
    expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
  });

  test('hold neither twice what is there nor anything that is written meanwhile', async () => {
    const { clock, memory, write, reader } = createTrail();
    for (let at = 0; at < 60; at++) await write(GATES[at % 16]!, `sweep-${at}`);
    const before = (await memory.entries()).map(key).sort();
    clock.now += 1;
    const { entries } = await read(reader, { ...EVERYTHING, limit: 7 }, () => write('0', 'later'));
    expect(entries.map(key).sort()).toEqual(before);
  });

  test('stay within the window, its ends included', async () => {
    const { clock, write, reader } = createTrail();
    for (let at = 0; at < 50; at++) {
      await write(GATES[at % 5]!, `sweep-${at}`);
      clock.now += 10;
    }
    const { entries } = await read(reader, { since: START + 100, until: START + 200, limit: 3 });
    expect(entries.map(({ time }) => Date.parse(time) - START)).toEqual([
      200, 190, 180, 170, 160, 150, 140, 130, 120, 110, 100,
    ]);
  });

  test.each([
    ['rule', { rule: 'rare' }],
    ['issuer', { issuer: 'rare' }],
  ])('find by %s the few among very many', async (_, filter) => {
    const { clock, write, reader, memory } = createTrail();
    for (let at = 0; at < 30; at++) await write(GATES[at % 16]!, `rare-${at}`, { rule: 'rare', issuer: 'rare' });
    const storage = memory.storages.get('0')!;
    for (let at = 0; at < 5_000; at++)
      storage.run(
        `INSERT INTO entries (epoch, at, id, facts, result, personal, salt) VALUES (1, ?, 'x', '{"kind":"sweep","rule":"usual"}', '{"outcome":"done"}', '', '')`,
        START + at,
      );
    clock.now += 10_000;
    await write('0', 'rare-last', { rule: 'rare', issuer: 'rare' });
    const { entries } = await read(reader, { ...EVERYTHING, ...filter, limit: 10 });
    expect(entries).toHaveLength(31);
    expect(entries.every(({ rule }) => rule === 'rare')).toBe(true);
  });

  test('find exact names, and names by how they begin', async () => {
    const { write, reader } = createTrail();
    const names = ['sts.a.r.o1.X.t', 'sts.a.r.o1.Y.t', 'sts.a.r.o11.X.t', 'sts.a.r2.o1.X.t', 'sts.a.r.o1'];
    for (const [at, name] of names.entries()) await write(GATES[at]!, name);
    const by = async (...asked: string[]) =>
      (await read(reader, { ...EVERYTHING, names: asked, limit: 2 })).entries
        .map(({ token_name: name }) => name)
        .sort();
    expect(await by('sts.a.r.o1.X.t')).toEqual(['sts.a.r.o1.X.t']);
    expect(await by('sts.a.r.o1.')).toEqual(['sts.a.r.o1.X.t', 'sts.a.r.o1.Y.t']);
    expect(await by('sts.a.r.o1.', 'sts.a.r2.o1.')).toEqual(['sts.a.r.o1.X.t', 'sts.a.r.o1.Y.t', 'sts.a.r2.o1.X.t']);
    expect(await by('sts.b.')).toEqual([]);
  });

  test('name a gate that does not answer, and hold what the others have', async () => {
    const { write, reader } = createTrail((digit, gate) => {
      if (digit === '3') return { ...gate, search: () => Promise.reject(new Error('down')) };
      if (digit === '4') return { ...gate, search: () => new Promise(() => undefined) };
      if (digit === '5') return { ...gate, search: async () => '' };
      return gate;
    });
    for (const digit of GATES) await write(digit, `sweep-${digit}`);
    const { entries, silent } = await reader.page({ ...EVERYTHING, limit: 100 }, null);
    expect(silent).toEqual(['3', '4', '5']);
    expect(entries.map(({ gate }) => gate)).toEqual(GATES.filter((digit) => !['3', '4', '5'].includes(digit)));
  });
});

describe('the trail of one request', () => {
  const ID = '01JDCM6W0000000000000000AA';
  const NAME = `sts.main.ci.o${'a'.repeat(26)}.${ID}.${'b'.repeat(16)}`;

  test('holds its entries of any gate, with what corrects them however late that comes', async () => {
    const { clock, memory, write, reader } = createTrail();
    await write('2', NAME, { kind: 'vend', request_id: ID });
    await write('2', 'sts.main.ci.other', { kind: 'vend', request_id: 'another' });
    clock.now += 3_600_000;
    await write('2', NAME, { kind: 'vend', request_id: ID });
    // The token's revocation is another request.
    await write('9', NAME, { kind: 'revoke', request_id: 'another' });
    const { entries, pending, silent } = await reader.request(ID, START);
    expect(entries.map(key)).toEqual(['2:3', '2:1']);
    expect([pending, silent]).toEqual([[], []]);
    expect((await memory.entries()).length).toBe(4);
  });

  test('holds what is no entry yet: an open admission, and refusals of a minute that is not over', async () => {
    const { memory, reader } = createTrail();
    const facts = canonical({ kind: 'vend', actor: 'caller', rule: 'ci', request_id: ID, final_at: 1 });
    await memory.gates('7').admit(FORMAT, NAME, '', 0, 0, 60, 'p', facts, '{"subject":{"sub":"x"}}');
    const refused = {
      id: ID,
      facts: canonical({ kind: 'refusal', actor: 'caller', request_id: ID }),
      personal: '',
    };
    const result = canonical({ outcome: 'refused', reason: 'no_rule' });
    await memory.gates('8').refuse(FORMAT, 'who', 5, { ...refused, result });
    const { entries, pending } = await reader.request(ID, START);
    // It was the first that brought the policy.
    expect(entries.map(({ kind }) => kind)).toEqual(['policy']);
    expect(pending).toEqual([
      {
        gate: '7',
        time: new Date(START).toISOString(),
        kind: 'vend',
        actor: 'caller',
        rule: 'ci',
        request_id: ID,
        subject: { sub: 'x' },
        token_name: NAME,
      },
      {
        gate: '8',
        time: new Date(START).toISOString(),
        kind: 'refusal',
        actor: 'caller',
        request_id: ID,
        outcome: 'refused',
        reason: 'no_rule',
        count: 5,
      },
    ]);
  });
});
