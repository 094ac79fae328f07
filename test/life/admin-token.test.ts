// The stop without the service, as docs/incidents.md has it: its admin token is deleted in InfluxDB. No gate and no switchboard is needed for
// it, and it ends nothing that lives.

import { expect, test } from 'vitest';
import { createWorld, type World } from '../world.ts';

/** By another admin token, as an operator of InfluxDB would. */
async function deleteAdminToken(world: World, name: string): Promise<void> {
  const address = 'https://influxdb.example.com:8181/api/v3/configure/token';
  const call = (url: string, method: string, token: string) =>
    world.influx.fetch(new Request(url, { method, headers: { authorization: `Bearer ${token}` } }));
  const made = new Request(`${address}/named_admin`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.influx.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ token_name: 'other' }),
  });
  const { token } = (await (await world.influx.fetch(made)).json()) as { readonly token: string };
  expect((await call(`${address}?token_name=${name}`, 'DELETE', token)).status).toBe(200);
}

test('once the admin token is deleted nothing is made, callers get 503, and what lives lives until it ends', async () => {
  const world = await createWorld();
  const before = await world.vend(await world.ciToken());
  expect(before.status).toBe(201);
  await deleteAdminToken(world, 'preset-admin');
  for (let attempt = 0; attempt < 5; attempt++) {
    const reply = await world.vend(await world.ciToken());
    expect([reply.status, reply.body.reason]).toEqual([503, 'misconfigured']);
  }
  expect(world.influx.tokens().map(({ name }) => name)).toEqual([before.body.name]);
  const headers = { authorization: `Bearer ${before.body.lease}` };
  const revoked = await world.request(`/v1/tokens/${before.body.name}`, { method: 'DELETE', headers });
  expect(revoked.status).not.toBe(204);
  const write = () =>
    world.influx.fetch(
      new Request('https://influxdb.example.com:8181/api/v3/write_lp?db=ci_metrics', {
        method: 'POST',
        headers: { authorization: `Bearer ${before.body.token}` },
        body: 'build seconds=1',
      }),
    );
  expect((await write()).status).toBe(204);
  world.clock.advance(15 * 60_000 + 1);
  expect((await write()).status).toBe(401);
});
