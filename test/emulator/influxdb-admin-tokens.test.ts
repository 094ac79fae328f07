// The endpoints that make admin tokens. They are tested against the emulator only, because on a real server these tests
// would create and rotate the operator token.
import { describe, expect, it } from 'vitest';
import { createInfluxEmulator } from './influxdb.ts';
import { createCaller } from './influxdb-caller.ts';

const START = 1_778_207_869_675;

function setUp() {
  const clock = { now: START };
  const emulator = createInfluxEmulator({ now: () => clock.now, databases: ['a', 'b'] });
  return { clock, emulator, influx: createCaller(emulator.fetch, 'http://influxdb.test', emulator.adminToken) };
}

describe('admin tokens', () => {
  const adminPath = '/api/v3/configure/token/admin';

  it('make the operator token once, without any credential', async () => {
    const { influx } = setUp();
    const first = await influx.call('POST', adminPath);
    expect([first.status, JSON.parse(first.text).name, JSON.parse(first.text).expiry]).toEqual([201, '_admin', null]);
    const second = await influx.call('POST', adminPath);
    expect([second.status, second.text]).toEqual([409, 'token name already exists, _admin']);
  });

  it('lose their old string when the operator token is regenerated, and keep the id', async () => {
    const { influx } = setUp();
    const old = JSON.parse((await influx.call('POST', adminPath)).text);
    const renewed = JSON.parse((await influx.call('POST', `${adminPath}/regenerate`, { token: old.token })).text);
    expect([renewed.id, renewed.name]).toEqual([old.id, '_admin']);
    expect((await influx.call('GET', '/ping', { token: old.token })).status).toBe(401);
    expect((await influx.call('GET', '/ping', { token: renewed.token })).status).toBe(200);
  });

  it('cannot regenerate an operator token that does not exist', async () => {
    const answer = await setUp().influx.asAdmin('POST', `${adminPath}/regenerate`);
    expect([answer.status, answer.text]).toEqual([500, 'missing admin token, cannot update']);
  });

  it('can be named, expire, and delete themselves', async () => {
    const { clock, influx } = setUp();
    const named = (name: string) =>
      influx.asAdmin('POST', '/api/v3/configure/token/named_admin', { json: { token_name: name, expiry_secs: 60 } });
    const { token } = JSON.parse((await named('one')).text);
    expect((await named('one')).status).toBe(409);
    expect((await influx.call('DELETE', '/api/v3/configure/token?token_name=one', { token })).status).toBe(200);
    const second = JSON.parse((await named('two')).text);
    clock.now = START + 60_000;
    expect((await influx.call('GET', '/ping', { token: second.token })).status).toBe(401);
  });

  it('are not among the tokens that the emulator reports', async () => {
    const { influx, emulator } = setUp();
    await influx.call('POST', adminPath);
    const permissions = [
      { resource_type: 'db', resource_names: ['a', 'b'], actions: ['write', 'read'] },
      { resource_type: 'db', resource_names: ['*'], actions: ['read'] },
    ];
    await influx.create('minted', permissions, 60);
    expect(emulator.tokens()).toMatchObject([
      {
        name: 'minted',
        createdAt: START,
        expiry: START + 60_000,
        permissions: ['db:a,b:read,write', 'db:*:read'],
      },
    ]);
  });
});
