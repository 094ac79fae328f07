// Settings from the environment: each missing or malformed one fails closed, is named in an alarm, and its value never shows.

import { describe, expect, test } from 'vitest';
import { readSettings } from '../src/config.ts';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { POLICY } from './world.ts';

const KEY = btoa('k'.repeat(32));
const TOKEN = `apiv3_${'t'.repeat(85)}A`;
const NEXT = `apiv3_${'n'.repeat(85)}A`;
const GOOD = { STS_KEY: KEY, INFLUXDB3_ADMIN_TOKEN: TOKEN };

const ROTATION = POLICY.replace('INFLUXDB3_ADMIN_TOKEN }', 'INFLUXDB3_ADMIN_TOKEN, admin_token_next: INFLUXDB3_NEXT }');

async function compiled(source = POLICY): Promise<string> {
  const { policy } = await compilePolicy(source, { development: false });
  return JSON.stringify(policy);
}

function read(env: Record<string, unknown>, policy: string) {
  const alarms: unknown[] = [];
  const settings = readSettings(env, policy, [], { alarm: (name, facts) => alarms.push({ name, ...facts }) });
  return { settings, alarms };
}

describe('complete settings', () => {
  test('are read without an alarm', async () => {
    const { settings, alarms } = read(GOOD, await compiled());
    expect(settings.ok && [...settings.value.adminTokens]).toEqual([['main', [TOKEN]]]);
    expect(alarms).toEqual([]);
  });

  test('may end in the line end that a file left on them', async () => {
    const { settings } = read({ STS_KEY: `${KEY}\n`, INFLUXDB3_ADMIN_TOKEN: ` ${TOKEN}\r\n` }, await compiled());
    expect(settings.ok && settings.value.adminTokens.get('main')).toEqual([TOKEN]);
  });

  test('give the same key for the same STS_KEY, and another for another', async () => {
    const policy = await compiled();
    const codeUnder = async (key: string) => {
      const { settings } = read({ ...GOOD, STS_KEY: key }, policy);
      return settings.ok && [...(await settings.value.keyring.authenticate('name', 'x'))];
    };
    expect(await codeUnder(`${KEY}\n`)).toEqual(await codeUnder(KEY));
    expect(await codeUnder(btoa('j'.repeat(32)))).not.toEqual(await codeUnder(KEY));
  });

  test('take other variables for none of theirs', async () => {
    const { settings } = read({ ...GOOD, INFLUXDB3_SPARE_TOKEN: NEXT, UPSTREAM_URL: 'x' }, await compiled());
    expect(settings.ok && [...settings.value.adminTokens.keys()]).toEqual(['main']);
  });
});

describe('STS_KEY', () => {
  test.each<[string, unknown]>([
    ['is missing', undefined],
    ['is empty', ''],
    ['is white space', ' \n'],
    ['is 31 bytes', btoa('k'.repeat(31))],
    ['is 33 bytes', btoa('k'.repeat(33))],
    ['is 32 characters that are no base64', 'not-base64-not-base64-not-base64'],
    ['is in the alphabet for URLs', `${'_-'.repeat(21)}8=`],
    ['has text around it', `key ${KEY}`],
    ['has too much padding', `${KEY}==`],
    ['is hexadecimal', 'a1'.repeat(32)],
    ['is not text', new Uint8Array(32)],
  ])('that %s stops the service', async (_, key) => {
    const { settings, alarms } = read({ ...GOOD, STS_KEY: key }, await compiled());
    expect(settings).toMatchObject({ ok: false, failure: { reason: 'misconfigured' } });
    expect(alarms).toEqual([{ name: 'misconfigured', setting: 'STS_KEY' }]);
    expect(JSON.stringify(settings)).not.toContain('STS_KEY');
  });
});

describe('a place of the gates', () => {
  test.each([
    ['GATES_LOCATION', 'europe'],
    ['GATES_JURISDICTION', 'EU'],
  ])('%s that is %s stops the service', async (setting, value) => {
    const { settings, alarms } = read({ ...GOOD, [setting]: value }, await compiled());
    expect(settings).toMatchObject({ ok: false, failure: { reason: 'misconfigured' } });
    expect(alarms).toEqual([{ name: 'misconfigured', setting }]);
  });

  test('that is known or empty does not', async () => {
    const { settings } = read({ ...GOOD, GATES_LOCATION: 'weur', GATES_JURISDICTION: '' }, await compiled());
    expect(settings.ok).toBe(true);
  });
});

describe('an admin token', () => {
  test.each<[string, unknown]>([
    ['is missing', undefined],
    ['is empty', ''],
    ['is another kind of token', 'apiv1_abcdef'],
    ['is the prefix alone', 'apiv3_'],
    ['holds a line end', `${TOKEN}\nx-injected: 1`],
    ['holds a space', 'apiv3_abc def'],
    ['holds letters that no header takes', 'apiv3_\u00e9'],
    ['carries its scheme', `Bearer ${TOKEN}`],
    ['is quoted', `"${TOKEN}"`],
    ['is not text', 7],
  ])('that %s leaves its instance without one', async (_, token) => {
    const { settings, alarms } = read({ ...GOOD, INFLUXDB3_ADMIN_TOKEN: token }, await compiled());
    expect(settings.ok && [...settings.value.adminTokens]).toEqual([]);
    expect(alarms).toEqual([{ name: 'misconfigured', setting: 'INFLUXDB3_ADMIN_TOKEN' }]);
  });

  test('and the next one are kept in the order in which they are tried', async () => {
    const { settings, alarms } = read({ ...GOOD, INFLUXDB3_NEXT: NEXT }, await compiled(ROTATION));
    expect(settings.ok && settings.value.adminTokens.get('main')).toEqual([TOKEN, NEXT]);
    expect(alarms).toEqual([]);
  });

  test.each([
    ['INFLUXDB3_ADMIN_TOKEN', { ...GOOD, INFLUXDB3_ADMIN_TOKEN: 'x', INFLUXDB3_NEXT: NEXT }, NEXT],
    ['INFLUXDB3_NEXT', { ...GOOD, INFLUXDB3_NEXT: 'x' }, TOKEN],
  ])('is named when %s is the unsound one of two, and the other serves', async (setting, env, served) => {
    const { settings, alarms } = read(env, await compiled(ROTATION));
    expect(settings.ok && settings.value.adminTokens.get('main')).toEqual([served]);
    expect(alarms).toEqual([{ name: 'misconfigured', setting }]);
  });
});

describe('a further header of an instance', () => {
  const GATEWAY = POLICY.replace(
    'INFLUXDB3_ADMIN_TOKEN }',
    'INFLUXDB3_ADMIN_TOKEN, headers: { CF-Access-Client-Id: ACCESS_ID } }',
  );

  test('has the value of its secret', async () => {
    const { settings, alarms } = read({ ...GOOD, ACCESS_ID: 'id.access\n' }, await compiled(GATEWAY));
    expect(settings.ok && settings.value.headers.get('main')).toEqual({ 'cf-access-client-id': 'id.access' });
    expect(alarms).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['is missing', undefined],
    ['is empty', ' '],
    ['holds a line end', 'a\r\nx-injected: 1'],
    ['holds letters that no header takes', '\u00e9'],
    ['is not text', 7],
  ])('that %s leaves its instance unused, and is named in the log without its value', async (_, value) => {
    const { settings, alarms } = read({ ...GOOD, ACCESS_ID: value }, await compiled(GATEWAY));
    expect(settings.ok && settings.value.adminTokens.has('main')).toBe(false);
    expect(settings.ok && settings.value.unusable.get('main')).toContain('ACCESS_ID');
    expect(alarms).toEqual([{ name: 'misconfigured', setting: 'ACCESS_ID' }]);
  });
});

describe('the policy', () => {
  test.each<[string, string]>([
    ['is empty', ''],
    ['is no JSON', 'audience: https://sts.example.com'],
    ['is null', 'null'],
    ['is of no version', '{}'],
    ['is of another version', '{"version":0}'],
  ])('that %s stops the service', (_, policy) => {
    const { settings, alarms } = read(GOOD, policy);
    expect(settings).toMatchObject({ ok: false, failure: { reason: 'misconfigured' } });
    expect(alarms).toEqual([{ name: 'misconfigured', setting: 'policy' }]);
  });
});
