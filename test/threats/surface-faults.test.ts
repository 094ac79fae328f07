// Threat class "Surface": what a caller and the operator learn of a fault of the service itself, in its code or in its configuration.

import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { failure } from '../../src/foundation/failure.ts';
import type { Runtime } from '../../src/foundation/runtime.ts';
import { unconfigured } from '../../src/service/service.ts';
import { createWorld, expectRefusal } from '../world.ts';

describe('a fault of the service', () => {
  const alarms: { name: string; facts: Readonly<Record<string, unknown>> }[] = [];
  const runtime: Runtime = {
    fetch: () => Promise.reject(new TypeError('nothing is fetched here')),
    now: () => 0,
    random: (size) => new Uint8Array(size),
    waitUntil: () => undefined,
    after: () => () => undefined,
    alarm: (name, facts) => alarms.push({ name, facts }),
  };
  const fault = failure('misconfigured', 'This service is not configured completely.').failure;
  const post = { method: 'POST', headers: { authorization: 'Bearer a.b.c' } };

  test('shows neither a stack nor its message to the caller, who gets an id to quote', async () => {
    alarms.length = 0;
    const exchange = () => Promise.reject(new RangeError('secret sauce at src/service/exchange.ts'));
    const service = { ...unconfigured(fault, () => undefined, runtime), exchange };
    const response = await createApp(service, runtime).request('/v1/tokens', post);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ reason: 'internal_error', retryable: false });
    expect(text).not.toMatch(/sauce|RangeError|\.ts|node_modules|\bat\b .*:\d/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const id = response.headers.get('x-request-id');
    expect(JSON.parse(text).request_id).toBe(id);
    expect(alarms).toMatchObject([{ name: 'internal_error', facts: { request_id: id, error: 'RangeError' } }]);
  });

  test('of its configuration answers 503 to every credential, records it, and names no setting to the caller', async () => {
    const events: AuditEvent[] = [];
    const service = unconfigured(fault, (event) => events.push(event), runtime);
    const app = createApp(service, runtime);
    for (const init of [post, { method: 'POST' }, { method: 'PUT' }]) {
      const response = await app.request('/v1/tokens', init);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
      expect(await response.json()).toMatchObject({ reason: 'misconfigured', detail: fault.detail, retryable: true });
    }
    expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual(Array(3).fill(['refused', 'misconfigured']));
    expect((await app.request('/healthz')).status).toBe(200);
  });

  test('of one admin token is named in the alarm alone', async () => {
    const world = await createWorld({ env: { INFLUXDB3_ADMIN_TOKEN: 'apiv2_wrong' } });
    const reply = await world.vend(await world.ciToken());
    expectRefusal(world, reply, 503, 'misconfigured');
    expect(world.alarms).toEqual([{ name: 'misconfigured', facts: { setting: 'INFLUXDB3_ADMIN_TOKEN' } }]);
    expect(reply.text + JSON.stringify(world.events)).not.toContain('INFLUXDB3_ADMIN_TOKEN');
    expect(reply.text + JSON.stringify([world.events, world.alarms])).not.toContain('apiv2_wrong');
  });
});
