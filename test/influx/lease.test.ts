// The lease: what it holds, and that it stands for one name under one key.

import { base64url } from 'jose';
import { expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { createLease } from '../../src/influx/lease.ts';

const keyring = createKeyring(new Uint8Array(32).fill(1));
const NAME = 'sts.main.ci-metrics.oaaaaaaaaaaaaaaaaaaaaaaaaaa.01M844DZG0DXCB588VHZR3EM68.apbycejslufuo2o3';

const codeOf = (lease: string) => lease.split('.')[1]!;

test('names its token, and carries a whole MAC', async () => {
  const lease = await createLease(NAME, keyring);
  const [, name, code] = /^stsl_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(lease)!;
  expect(new TextDecoder().decode(base64url.decode(name!))).toBe(NAME);
  expect(base64url.decode(code!)).toHaveLength(32);
});

test('is the same for the same name and key, so it can be checked later', async () => {
  expect(await createLease(NAME, createKeyring(new Uint8Array(32).fill(1)))).toBe(await createLease(NAME, keyring));
});

test('has another MAC for another name', async () => {
  expect(codeOf(await createLease(`${NAME}x`, keyring))).not.toBe(codeOf(await createLease(NAME, keyring)));
});

test('has another MAC under another key', async () => {
  const other = createKeyring(new Uint8Array(32).fill(2));
  expect(codeOf(await createLease(NAME, other))).not.toBe(codeOf(await createLease(NAME, keyring)));
});

test.each(['name', 'owner'] as const)('cannot be made from the code for a %s', async (purpose) => {
  const code = base64url.encode(await keyring.authenticate(purpose, NAME));
  expect(codeOf(await createLease(NAME, keyring))).not.toBe(code);
});
