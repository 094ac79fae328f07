// The store of one shared token by itself, with a mint and a storage that answer when the test lets them: how often it mints, what it
// hands out at the ends of its windows, and what it never hands out again.

import { describe, expect, test } from 'vitest';
import type { Admission, Admitted } from '../../src/admission/admission.ts';
import { type Failure, failure, success } from '../../src/foundation/failure.ts';
import { createKeyring, type Keyring } from '../../src/foundation/keyring.ts';
import type { DatabaseToken, Mint } from '../../src/influx/mint.ts';
import { createSharedToken, type StoredToken, shareKey } from '../../src/influx/shared-token.ts';
import type { Grant } from '../../src/policy/decision/decide.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const TTL_SECONDS = 1_000;
const WINDOW_MS = 500_000;
const POLICY = 'a digest';

/** A grant as only a decision makes it; here it is claimed. */
function grantOf(overrides: Partial<Grant> = {}, syncInterval = 0): Grant {
  const url = 'https://influxdb.example.com';
  return {
    rule: 'dashboards',
    instance: { name: 'main', url, publicUrl: url, adminTokens: ['INFLUXDB3_ADMIN_TOKEN'], syncInterval },
    permissions: [{ type: 'db', name: 'a', action: 'read' }],
    ttl: TTL_SECONDS,
    share: true,
    owner: ['https://issuer.example.com', ['sub', 'subject']],
    ...overrides,
  } as Grant;
}

/** A promise that a test settles. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

function setUp(options: { readonly keyring?: Keyring; readonly slots?: Map<string, StoredToken> } = {}) {
  const clock = { now: START };
  const slots = options.slots ?? new Map<string, StoredToken>();
  const alarms: number[] = [];
  const background: Promise<unknown>[] = [];
  const minted: string[] = [];
  const discarded: string[] = [];
  const control = {
    /** What the mint waits for before it answers. */
    minting: Promise.resolve(),
    /** What the next read of a slot waits for after it has read. */
    reading: {} as Record<string, Promise<void> | undefined>,
    fault: null as Failure | null,
    /** What the gate answers instead of admitting a mint. */
    refusal: null as Failure | null,
  };
  const keyring = options.keyring ?? createKeyring(new Uint8Array(32).fill(1));
  const mint: Pick<Mint, 'shared'> = {
    shared: async ({ grant, id: name }) => {
      minted.push(name);
      const { fault } = control;
      await control.minting;
      if (fault !== null) return { result: { ok: false, failure: fault }, leftover: false };
      const expiresAt = new Date(clock.now + grant.ttl * 1000).toISOString();
      const usableAfter =
        grant.instance.syncInterval === 0
          ? null
          : new Date(clock.now + grant.instance.syncInterval * 1000).toISOString();
      const token: DatabaseToken = {
        token: `secret of ${name}`,
        lease: null,
        name,
        permissions: ['db:a:read'],
        expiresAt,
        expiresIn: grant.ttl,
        rule: grant.rule,
        instance: 'main',
        url: grant.instance.publicUrl,
        shared: false,
        usableAfter,
      };
      return { result: success(token), leftover: false };
    },
  };
  const settled: string[] = [];
  const admission: Pick<Admission, 'admit' | 'settle' | 'settleSoon'> = {
    admit: async ({ id: _, grant }) => {
      if (control.refusal !== null) return { ok: false, failure: control.refusal };
      const admitted = { id: `name-${admissions++}`, grant, gate: '0', mintBefore: clock.now + 10_000 };
      return success(admitted as unknown as Admitted);
    },
    settle: async ({ id }, { outcome }) => {
      settled.push(`${id} ${outcome}`);
    },
    settleSoon: ({ id }, { outcome }) => {
      settled.push(`${id} ${outcome}`);
    },
  };
  let admissions = 0;
  const object = createSharedToken({
    storage: {
      get: async (slot) => {
        const found = slots.get(slot);
        const waited = control.reading[slot];
        control.reading[slot] = undefined;
        await waited;
        return found;
      },
      put: async (slot, token) => {
        slots.set(slot, token);
      },
      delete: async (slot) => {
        slots.delete(slot);
      },
      setAlarm: async (at) => {
        alarms.push(at);
      },
    },
    mint: {
      own: () => Promise.reject(new Error('nobody owns a shared token')),
      nameOwn: () => Promise.reject(new Error('nobody owns a shared token')),
      discard: async ({ id }) => {
        discarded.push(id);
        return true;
      },
      ...mint,
    },
    admission,
    keyring,
    runtime: {
      fetch: () => Promise.reject(new Error('the mint is asked, not the network')),
      now: () => clock.now,
      random: (size) => crypto.getRandomValues(new Uint8Array(size)),
      waitUntil: (work) => background.push(work),
      after: () => () => {},
      alarm: () => {},
    },
  });
  return {
    ...object,
    clock,
    slots,
    alarms,
    minted,
    discarded,
    settled,
    control,
    settle: () => Promise.all(background.splice(0)),
    nameFor: async (grant: Grant = grantOf()) => (await object.obtain(grant, POLICY)).name,
  };
}

const times = (steps: number) => Array.from({ length: steps }, (_, at) => at);

describe('minting', () => {
  test('happens once however many ask, and all of them receive the same', async () => {
    const { nameFor, control, minted } = setUp();
    const { opened, open } = gate();
    control.minting = opened;
    const waiting = times(500).map(() => nameFor());
    open();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['name-0']));
    expect(minted).toHaveLength(1);
  });

  test('happens once also for who looked just before the mint ended', async () => {
    const { nameFor, control, minted } = setUp();
    const late = gate();
    control.reading.current = late.opened;
    const slow = nameFor();
    expect(await nameFor()).toBe('name-0');
    late.open();
    expect(await slow).toBe('name-0');
    expect(minted).toHaveLength(1);
  });

  test('happens once also for who looked while another took the token minted ahead', async () => {
    const { nameFor, control, minted, clock, settle } = setUp();
    await nameFor();
    clock.now = START + WINDOW_MS - 1;
    await nameFor();
    await settle();
    clock.now = START + WINDOW_MS + 1;
    const late = gate();
    control.reading.current = late.opened;
    const slow = nameFor();
    expect(await nameFor()).toBe('name-1');
    late.open();
    expect(await slow).toBe('name-1');
    expect(minted).toHaveLength(2);
  });

  test('that fails reaches all who wait, and the next request tries again', async () => {
    const { obtain, nameFor, control, minted, slots } = setUp();
    control.fault = failure('upstream_unreachable', 'InfluxDB did not answer.').failure;
    const { opened, open } = gate();
    control.minting = opened;
    const waiting = times(20).map(() => obtain(grantOf(), POLICY));
    open();
    const outcomes = await Promise.all(waiting);
    expect(outcomes.every(({ result }) => !result.ok && result.failure.reason === 'upstream_unreachable')).toBe(true);
    expect([minted.length, slots.size]).toEqual([1, 0]);
    control.fault = null;
    expect(await nameFor()).toBe('name-1');
  });

  test('ahead leaves everybody the current token until its window ends, and nobody waits for it', async () => {
    const { nameFor, control, minted, clock, settle } = setUp();
    await nameFor();
    const { opened, open } = gate();
    control.minting = opened;
    clock.now = START + WINDOW_MS - 1;
    expect([await nameFor(), await nameFor()]).toEqual(['name-0', 'name-0']);
    await expect.poll(() => minted.length).toBe(2);
    open();
    await settle();
    clock.now = START + WINDOW_MS;
    expect(await nameFor()).toBe('name-0');
    clock.now += 1;
    expect(await nameFor()).toBe('name-1');
    expect(minted).toHaveLength(2);
  });

  test('ahead happens once also for who looked just before it ended', async () => {
    const { nameFor, control, minted, clock, settle } = setUp();
    await nameFor();
    clock.now = START + WINDOW_MS - 1;
    const late = gate();
    control.reading.next = late.opened;
    await nameFor();
    await expect.poll(() => control.reading.next).toBe(undefined);
    await nameFor();
    // Long enough for another mint to end, if there were one.
    await new Promise((resolve) => setTimeout(resolve, 20));
    late.open();
    await settle();
    expect(minted).toHaveLength(2);
  });

  test('ahead that is still under way when the window ends is the mint that all wait for', async () => {
    const { nameFor, control, minted, clock, settle } = setUp();
    await nameFor();
    const { opened, open } = gate();
    control.minting = opened;
    clock.now = START + WINDOW_MS - 1;
    await nameFor();
    clock.now = START + WINDOW_MS + 1;
    const waiting = [nameFor(), nameFor()];
    open();
    expect(await Promise.all(waiting)).toEqual(['name-1', 'name-1']);
    await settle();
    expect(minted).toHaveLength(2);
  });

  test('ahead that fails concerns nobody, and is not tried again at every request', async () => {
    const { nameFor, control, minted, clock, settle } = setUp();
    await nameFor();
    control.fault = failure('upstream_refused', 'No.').failure;
    clock.now = START + WINDOW_MS - 20_000;
    for (let asked = 0; asked < 10; asked++) {
      expect(await nameFor()).toBe('name-0');
      await settle();
    }
    expect(minted).toHaveLength(2);
    control.fault = null;
    clock.now += 10_000;
    expect(await nameFor()).toBe('name-0');
    await settle();
    expect(minted).toHaveLength(3);
    clock.now = START + WINDOW_MS + 1;
    expect(await nameFor()).toBe('name-2');
  });

  test('ahead does not happen while nobody asks', async () => {
    const { nameFor, minted, clock, settle } = setUp();
    await nameFor();
    clock.now = START + WINDOW_MS * 3;
    await settle();
    expect(minted).toHaveLength(1);
    await nameFor();
    await settle();
    expect(minted).toHaveLength(2);
  });
});

describe('a token that was withdrawn', () => {
  test('is not handed out again, whichever slot it was in', async () => {
    for (const at of [0, 1]) {
      const { nameFor, evict, clock, settle } = setUp();
      await nameFor();
      clock.now = START + WINDOW_MS - 1;
      await nameFor();
      await settle();
      await evict(`name-${at}`);
      const seen = [await nameFor()];
      clock.now = START + WINDOW_MS + 1;
      seen.push(await nameFor());
      expect(seen).not.toContain(`name-${at}`);
    }
  });

  test('is not handed out by who was just taking it from one slot to the other', async () => {
    const { nameFor, evict, control, clock, settle, slots } = setUp();
    await nameFor();
    clock.now = START + WINDOW_MS - 1;
    await nameFor();
    await settle();
    clock.now = START + WINDOW_MS + 1;
    const late = gate();
    control.reading.next = late.opened;
    const slow = nameFor();
    await expect.poll(() => control.reading.next).toBe(undefined);
    await evict('name-1');
    late.open();
    expect(await slow).toBe('name-2');
    expect([...slots.values()].map(({ name }) => name)).toEqual(['name-2']);
  });

  test('while its mint was still under way is not handed out', async () => {
    const { obtain, nameFor, evict, control, minted, slots } = setUp();
    const { opened, open } = gate();
    control.minting = opened;
    const slow = obtain(grantOf(), POLICY);
    await expect.poll(() => minted.length).toBe(1);
    await evict('name-0');
    open();
    expect((await slow).result).toMatchObject({ ok: false, failure: { reason: 'state_unavailable' } });
    expect(slots.size).toBe(0);
    expect(await nameFor()).toBe('name-1');
  });

  test('of another name leaves this one alone', async () => {
    const { nameFor, evict, minted } = setUp();
    await nameFor();
    await evict('name-7');
    expect(await nameFor()).toBe('name-0');
    expect(minted).toHaveLength(1);
  });
});

describe('what rests in storage', () => {
  test('does not hold the secret, and opens under no other share key', async () => {
    const { nameFor, slots, minted } = setUp();
    await nameFor();
    const [stored] = slots.values();
    const bytes = Buffer.concat([Buffer.from(stored!.sealed.ciphertext), Buffer.from(JSON.stringify(stored))]);
    expect(bytes.includes('secret of')).toBe(false);
    expect(bytes.includes(Buffer.from('secret of').toString('base64').slice(0, 10))).toBe(false);
    expect(await nameFor(grantOf({ rule: 'other' }))).toBe('name-1');
    expect(minted).toHaveLength(2);
  });

  test('opens with the previous key, and is minted anew without it', async () => {
    const [old, fresh] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const slots = new Map<string, StoredToken>();
    expect(await setUp({ slots, keyring: createKeyring(old) }).nameFor()).toBe('name-0');
    const rotated = setUp({ slots, keyring: createKeyring(fresh, old) });
    expect([await rotated.nameFor(), rotated.minted.length]).toEqual(['name-0', 0]);
    const dropped = setUp({ slots, keyring: createKeyring(fresh) });
    expect([await dropped.nameFor(), dropped.minted.length]).toEqual(['name-0', 1]);
    const token = (await dropped.obtain(grantOf(), POLICY)).result;
    expect(token).toMatchObject({ ok: true, value: { token: 'secret of name-0', shared: true } });
  });

  test('is forgotten by the alarm that the mint set, and not before', async () => {
    const { nameFor, forget, alarms, slots, clock, settle } = setUp();
    await nameFor();
    clock.now = START + WINDOW_MS - 1;
    await nameFor();
    await settle();
    expect(alarms).toEqual([START + 2 * WINDOW_MS, START + 3 * WINDOW_MS - 1]);
    clock.now = START + 2 * WINDOW_MS;
    await forget();
    expect([...slots.keys()]).toEqual(['next']);
    expect(alarms.at(-1)).toBe(START + 3 * WINDOW_MS - 1);
    clock.now = START + 3 * WINDOW_MS - 1;
    await forget();
    expect(slots.size).toBe(0);
  });
});

test('the share key is the decision without its owner', () => {
  const { instance } = grantOf();
  const same = shareKey(grantOf({ owner: ['https://other.example.com', ['sub', 'other']] }));
  expect(shareKey(grantOf())).toBe(same);
  const others = [
    grantOf({ rule: 'other' }),
    grantOf({ ttl: TTL_SECONDS - 1 }),
    grantOf({ permissions: [{ type: 'db', name: 'a', action: 'write' }] }),
    grantOf({ permissions: [{ type: 'db', name: 'b', action: 'read' }] }),
    grantOf({ instance: { ...instance, name: 'spare' } }),
    grantOf({ instance: { ...instance, url: 'https://elsewhere.example.com' } }),
  ];
  expect(new Set([same, ...others.map(shareKey)]).size).toBe(others.length + 1);
});
