// The files with preconfigured tokens: what they make, and what keeps the server from starting.
import { describe, expect, it } from 'vitest';
import { createInfluxEmulator, type InfluxEmulatorOptions } from './influxdb.ts';
import { createCaller } from './influxdb-caller.ts';

const START = 1_756_400_000_000;

function setUp(options: InfluxEmulatorOptions) {
  const emulator = createInfluxEmulator({ now: () => START, ...options });
  return { emulator, influx: createCaller(emulator.fetch, 'http://influxdb.test', emulator.adminToken) };
}

const status = async (influx: ReturnType<typeof setUp>['influx'], token: string) =>
  (await influx.call('GET', '/ping', { token })).status;

describe('an admin token file', () => {
  const file = { token: 'apiv3_from-file', name: '_admin', description: 'ignored' };

  it('makes an admin token', async () => {
    const { influx } = setUp({ adminTokenFile: file });
    expect(await status(influx, 'apiv3_from-file')).toBe(200);
  });

  it('may set an expiry', async () => {
    const expiring = setUp({ adminTokenFile: { ...file, expiry_millis: START + 1 } });
    const expired = setUp({ adminTokenFile: { ...file, expiry_millis: START } });
    expect(await status(expiring.influx, 'apiv3_from-file')).toBe(200);
    expect(await status(expired.influx, 'apiv3_from-file')).toBe(401);
  });

  it('is skipped when its name exists', async () => {
    const { influx } = setUp({ adminTokenFile: { ...file, name: 'preset-admin' } });
    expect(await status(influx, 'apiv3_from-file')).toBe(401);
  });

  it('must hold a token in the format of version 3', () => {
    expect(() => setUp({ adminTokenFile: { ...file, token: 'secret' } })).toThrow(
      "Invalid token format: must start with 'apiv3_'",
    );
  });

  it('cannot give a known token a second name since 3.11.1', () => {
    const options = { adminToken: 'apiv3_from-file', adminTokenFile: file };
    expect(() => setUp({ ...options, version: '3.11.1' })).toThrow('has another name already');
    expect(() => setUp({ ...options, version: '3.11.0' })).not.toThrow();
  });
});

describe('a permission tokens file', () => {
  const token = { token: 'apiv3_one', name: 'one', permissions: ['db:db1,db2:read,write', 'system:health:read'] };
  const file = { create_databases: ['db1', 'db2'], tokens: [token] };
  const withPermission = (permission: string) => ({ ...file, tokens: [{ ...token, permissions: [permission] }] });

  it('makes databases first, then tokens for them', async () => {
    const { emulator, influx } = setUp({ permissionTokensFile: file });
    expect(emulator.tokens()).toMatchObject([
      { name: 'one', expiry: null, permissions: ['db:db1,db2:read,write', 'system:health:read'] },
    ]);
    expect((await influx.writeV3('apiv3_one', 'db2', 'm v=1')).status).toBe(204);
    expect((await influx.call('GET', '/health', { token: 'apiv3_one' })).status).toBe(200);
  });

  it.each([
    ['names an unknown database', withPermission('db:ghost:read'), 'invalid resource name ghost'],
    ['has an unknown action', withPermission('db:db1:drop'), 'action not supported, database action drop'],
    ['has a permission in another form', withPermission('db:db1'), 'expected resource_type:names:actions, got db:db1'],
    [
      'repeats a name',
      { ...file, tokens: [token, { ...token, token: 'apiv3_two' }] },
      'token name already exists, one',
    ],
    ['has a token of another format', { tokens: [{ ...token, token: 'x' }] }, "must start with 'apiv3_'"],
    ['has no tokens', {}, 'tokens must be an array'],
  ])('keeps the server from starting when it %s', (_case, permissionTokensFile, message) => {
    expect(() => setUp({ permissionTokensFile })).toThrow(message);
  });

  it('may use the wildcard for databases since 3.10', () => {
    const permissionTokensFile = withPermission('db:*:read');
    expect(() => setUp({ permissionTokensFile, version: '3.9.0' })).toThrow('invalid resource name *');
    expect(() => setUp({ permissionTokensFile, version: '3.10.0' })).not.toThrow();
  });

  it('needs the Enterprise edition', () => {
    expect(() => setUp({ permissionTokensFile: file, edition: 'core' })).toThrow('Enterprise edition');
  });
});
