// The keys of the service: one for each purpose, and what the previous secret still does after a rotation.

import { describe, expect, test } from 'vitest';
import { createKeyring, equalInConstantTime, type Purpose } from '../../src/foundation/keyring.ts';

const SECRET = new Uint8Array(32).fill(1);
const NEXT = new Uint8Array(32).fill(2);
const PURPOSES: readonly Purpose[] = ['owner', 'name', 'lease'];
const TEXT = 'sts.main.rule.owner';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const iv = () => crypto.getRandomValues(new Uint8Array(12));

describe('authentication codes', () => {
  test('are HMAC-SHA-256 under keys that HKDF derives, one for each purpose', async () => {
    const keyring = createKeyring(SECRET);
    for (const purpose of PURPOSES) {
      const root = await crypto.subtle.importKey('raw', SECRET, 'HKDF', false, ['deriveBits']);
      const info = new TextEncoder().encode(`influx-sts ${purpose}`);
      const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
      const derived = await crypto.subtle.deriveBits(parameters, root, 256);
      const key = await crypto.subtle.importKey('raw', derived, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      const expected = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(TEXT)));
      expect(hex(await keyring.authenticate(purpose, TEXT))).toBe(hex(expected));
    }
  });

  test('differ by purpose, by text and by secret, and are the same each time', async () => {
    const [keyring, other] = [createKeyring(SECRET), createKeyring(NEXT)];
    const codes = await Promise.all([
      ...PURPOSES.map((purpose) => keyring.authenticate(purpose, TEXT)),
      ...PURPOSES.map((purpose) => other.authenticate(purpose, TEXT)),
      keyring.authenticate('name', `${TEXT}.`),
    ]);
    expect(new Set(codes.map(hex)).size).toBe(codes.length);
    expect(hex(await keyring.authenticate('owner', TEXT))).toBe(hex(codes[0]!));
  });

  test('of owners stay the same, however many owners there are and however long one is', async () => {
    const [keyring, fresh] = [createKeyring(SECRET), createKeyring(SECRET)];
    const owners = [...Array.from({ length: 1_200 }, (_, at) => `owner ${at}`), 'x'.repeat(600)];
    for (let round = 0; round < 2; round++) for (const owner of owners) await keyring.authenticate('owner', owner);
    for (const owner of [owners[0]!, owners[1]!, owners.at(-2)!, owners.at(-1)!]) {
      expect(hex(await keyring.authenticate('owner', owner))).toBe(hex(await fresh.authenticate('owner', owner)));
      expect(hex(await keyring.authenticate('name', owner))).toBe(hex(await fresh.authenticate('name', owner)));
    }
  });

  test('are verified for their own purpose and text alone', async () => {
    const keyring = createKeyring(SECRET);
    const code = await keyring.authenticate('name', TEXT);
    expect(await keyring.verify('name', TEXT, code)).toBe(true);
    expect(await keyring.verify('name', TEXT, code.subarray(0, 10))).toBe(true);
    expect(await keyring.verify('lease', TEXT, code)).toBe(false);
    expect(await keyring.verify('name', `${TEXT}.`, code)).toBe(false);
    for (let at = 0; at < code.length; at++) {
      const changed = Uint8Array.from(code, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await keyring.verify('name', TEXT, changed)).toBe(false);
    }
  });

  test('of no bytes, or of more than there are, verify nothing', async () => {
    const keyring = createKeyring(SECRET);
    const code = await keyring.authenticate('name', TEXT);
    expect(await keyring.verify('name', TEXT, new Uint8Array(0))).toBe(false);
    expect(await keyring.verify('name', TEXT, Uint8Array.of(...code, 0))).toBe(false);
  });
});

describe('after a rotation', () => {
  test('new codes are of the new secret, and those of the previous one still verify', async () => {
    const [before, after] = [createKeyring(SECRET), createKeyring(NEXT, SECRET)];
    for (const purpose of PURPOSES) {
      const old = await before.authenticate(purpose, TEXT);
      const fresh = await after.authenticate(purpose, TEXT);
      expect(hex(fresh)).toBe(hex(await createKeyring(NEXT).authenticate(purpose, TEXT)));
      expect((await after.authenticateAll(purpose, TEXT)).map(hex)).toEqual([hex(fresh), hex(old)]);
      expect([await after.verify(purpose, TEXT, old), await after.verify(purpose, TEXT, fresh)]).toEqual([true, true]);
      expect(await before.verify(purpose, TEXT, fresh)).toBe(false);
    }
  });

  test('what was sealed before opens until the previous secret is dropped', async () => {
    const sealed = await createKeyring(SECRET).seal('a secret', 'context', iv());
    expect(await createKeyring(NEXT, SECRET).open(sealed, 'context')).toBe('a secret');
    expect(await createKeyring(NEXT).open(sealed, 'context')).toBeNull();
  });

  test('what is sealed is sealed under the new secret', async () => {
    const sealed = await createKeyring(NEXT, SECRET).seal('a secret', 'context', iv());
    expect(await createKeyring(NEXT).open(sealed, 'context')).toBe('a secret');
    expect(await createKeyring(SECRET).open(sealed, 'context')).toBeNull();
  });
});

describe('sealing', () => {
  test('opens in its own context alone, and unchanged', async () => {
    const keyring = createKeyring(SECRET);
    const sealed = await keyring.seal('a secret', 'context', iv());
    expect(await keyring.open(sealed, 'context')).toBe('a secret');
    expect(await keyring.open(sealed, 'Context')).toBeNull();
    expect(await keyring.open({ ...sealed, iv: iv() }, 'context')).toBeNull();
    for (const at of [0, 8, sealed.ciphertext.byteLength - 1]) {
      const changed = new Uint8Array(sealed.ciphertext.slice(0));
      changed[at]! ^= 1;
      expect(await keyring.open({ ...sealed, ciphertext: changed.buffer }, 'context')).toBeNull();
    }
    expect(await keyring.open({ ...sealed, ciphertext: new ArrayBuffer(0) }, 'context')).toBeNull();
  });

  test('shows nothing of the text', async () => {
    const { ciphertext } = await createKeyring(SECRET).seal('apiv3_a-secret', 'context', iv());
    expect(Buffer.from(ciphertext).includes('apiv3_')).toBe(false);
    expect(ciphertext.byteLength).toBe('apiv3_a-secret'.length + 16);
  });
});

test('codes are equal when every byte is, and of one length', () => {
  expect(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalInConstantTime(Uint8Array.of(3, 2), Uint8Array.of(1, 2))).toBe(false);
  expect(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  expect(equalInConstantTime(new Uint8Array(0), new Uint8Array(0))).toBe(true);
});
