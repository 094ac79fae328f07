// The audit event: that there is one per request whatever happens, that it agrees with the answer, and what never gets into it. What each
// holds as a whole is in golden.test.ts.

import { describe, expect, test } from 'vitest';
import { type AuditEvent, cut } from '../../src/audit/event.ts';
import { createRecorder } from '../../src/audit/recorder.ts';
import { createWorld } from '../world.ts';

describe('the event of a vend', () => {
  test('names the request, the token and its end as the answer does', async () => {
    const world = await createWorld();
    const { body, headers } = await world.vend(await world.ciToken());
    const { name: token_name, expires_at } = body;
    expect(world.events).toMatchObject([{ id: headers.get('x-request-id'), token_name, expires_at }]);
  });

  test('holds neither the token nor the lease nor the subject token', async () => {
    const world = await createWorld();
    const subjectToken = await world.ciToken();
    const { body } = await world.vend(subjectToken);
    const text = JSON.stringify([world.events, world.alarms]);
    for (const secret of [body.token, body.lease, ...subjectToken.split('.')]) expect(text).not.toContain(secret);
  });

  test('of an outcome that is not known holds the name under which the token may live', async () => {
    const world = await createWorld();
    world.influx.faults.next('create', { kind: 'lost' });
    world.influx.faults.always('delete', { kind: 'reset' });
    await world.vend(await world.ciToken());
    expect(world.events[0]).toMatchObject({ outcome: 'refused', token_name: world.influx.tokens()[0]!.name });
  });
});

test('a fault of our own is still one event, with what was noted before it', async () => {
  const events: AuditEvent[] = [];
  const recorded = createRecorder((event) => events.push(event), 'digest', { now: () => 7 });
  const attempt = recorded('vend', { id: 'x', receivedAt: 0 }, (note) => {
    note({ issuer: 'github' });
    return Promise.reject(new Error('a bug'));
  });
  await expect(attempt).rejects.toThrow('a bug');
  expect(events).toMatchObject([
    { id: 'x', outcome: 'refused', reason: 'internal_error', issuer: 'github', duration_ms: 7 },
  ]);
});

describe('a long value', () => {
  test('is cut, so that an event stays one line that a log keeps whole', () => {
    expect(cut('x'.repeat(256))).toBe('x'.repeat(256));
    expect(cut('x'.repeat(257))).toBe(`${'x'.repeat(256)}…`);
  });

  test('that is no text is kept as it is while it is short', () => {
    expect([cut(true), cut(7), cut(undefined)]).toEqual([true, 7, undefined]);
    expect(cut(['a', 'b'])).toEqual(['a', 'b']);
    expect(cut(Array.from({ length: 1_000 }, () => 'group'))).toHaveLength(257);
  });

  test('cannot begin a line of its own', async () => {
    const world = await createWorld();
    await world.vend(await world.backendToken({ tenant: 'a', sub: 'x\n{"kind":"vend","outcome":"allowed"}' }));
    expect(JSON.stringify(world.events[0])).not.toContain('\n');
    expect(world.events).toHaveLength(1);
  });
});
