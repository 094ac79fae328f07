// The audit event: what it says of each outcome, that there is one per request whatever happens, and what never gets into it.

import { describe, expect, test } from 'vitest';
import { type AuditEvent, cut } from '../../src/audit/event.ts';
import { createRecorder } from '../../src/audit/recorder.ts';
import { createWorld } from '../world.ts';

const FACTS = ['kind', 'id', 'time', 'outcome', 'policy', 'duration_ms'];
const IDENTITY = ['issuer', 'subject'];

describe('the event of a vend', () => {
  test('says who, by which rule, what for, and which token it became', async () => {
    const world = await createWorld();
    const { body, headers } = await world.vend(await world.ciToken(), { permissions: ['db:ci_metrics:write'] });
    expect(world.events).toEqual([
      {
        kind: 'vend',
        id: headers.get('x-request-id'),
        time: '2026-11-23T12:00:00.000Z',
        outcome: 'allowed',
        issuer: 'github',
        subject: { repository_id: '123456', sub: 'repo:acme@77/app@123456:ref:refs/heads/main' },
        rule: 'ci-metrics',
        claims: {
          repository_id: '123456',
          repository_owner_id: '77',
          ref: 'refs/heads/main',
          event_name: 'push',
        },
        policy: world.policy.digest,
        permissions_asked: ['db:ci_metrics:write'],
        permissions_given: ['db:ci_metrics:write'],
        instance: 'main',
        token_name: body.name,
        expires_at: body.expires_at,
        duration_ms: 0,
      },
    ]);
  });

  test('holds neither the token nor the lease nor the subject token', async () => {
    const world = await createWorld();
    const subjectToken = await world.ciToken();
    const { body } = await world.vend(subjectToken);
    const text = JSON.stringify([world.events, world.alarms]);
    for (const secret of [body.token, body.lease, ...subjectToken.split('.')]) expect(text).not.toContain(secret);
  });

  test('tells the time that the request took', async () => {
    const world = await createWorld();
    const response = (original: Response) => {
      world.clock.advance(1_250);
      return original;
    };
    world.influx.faults.next('create', { kind: 'rewrite', response });
    await world.vend(await world.ciToken());
    expect(world.events[0]).toMatchObject({ time: '2026-11-23T12:00:00.000Z', duration_ms: 1_250 });
  });

  test('of an outcome that is not known holds the name, and neither permissions nor an expiry', async () => {
    const world = await createWorld();
    world.influx.faults.next('create', { kind: 'lost' });
    world.influx.faults.always('delete', { kind: 'reset' });
    await world.vend(await world.ciToken());
    expect(world.events[0]).toMatchObject({ outcome: 'refused', token_name: world.influx.tokens()[0]!.name });
    expect(world.events[0]).not.toHaveProperty('permissions_given');
    expect(world.events[0]).not.toHaveProperty('expires_at');
  });
});

describe('the event of a refusal', () => {
  test('by the policy says who asked for what', async () => {
    const world = await createWorld();
    await world.vend(await world.backendToken({ tenant: 'a' }), { permissions: ['db:tenant_b:read'] });
    expect(world.events[0]).toMatchObject({
      outcome: 'refused',
      reason: 'not_granted',
      issuer: 'backend',
      subject: { sub: 'subject' },
      permissions_asked: ['db:tenant_b:read'],
    });
    expect(world.events[0]).not.toHaveProperty('token_name');
  });

  test('before the signature is verified holds nothing that a forger could plant but the issuer it claims', async () => {
    const world = await createWorld();
    const [header, payload] = (await world.ciToken({ sub: 'planted' })).split('.');
    await world.vend(`${header}.${payload}.${'A'.repeat(342)}`);
    const [event] = world.events;
    expect(Object.keys(event!).sort()).toEqual([...FACTS, 'reason', 'claimed_issuer'].sort());
    expect(event).toMatchObject({ reason: 'signature_invalid', claimed_issuer: world.github.iss });
  });

  test('cuts the issuer that a token claims', async () => {
    const world = await createWorld();
    await world.vend(await world.github.sign({ iss: `https://${'x'.repeat(4_000)}.example` }));
    expect(world.events[0]).toMatchObject({ reason: 'issuer_untrusted' });
    expect(world.events[0]!.claimed_issuer!.length).toBeLessThanOrEqual(257);
  });

  test.each<[string, RequestInit]>([
    ['token_missing', { method: 'POST' }],
    ['method_not_allowed', { method: 'PUT' }],
    ['request_malformed', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
    ['content_type_unsupported', { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }],
    ['body_too_large', { method: 'POST', body: 'x'.repeat(16 * 1024 + 1) }],
  ])('of the door itself says %s and no more', async (reason, init) => {
    const world = await createWorld();
    const authorization = reason === 'token_missing' ? {} : { authorization: `Bearer ${await world.ciToken()}` };
    await world.request('/v1/tokens', { ...init, headers: { ...init.headers, ...authorization } });
    expect(world.events).toHaveLength(1);
    expect(world.events[0]).toMatchObject({ kind: 'vend', outcome: 'refused', reason });
    expect(Object.keys(world.events[0]!).sort()).toEqual([...FACTS, 'reason'].sort());
  });

  test('keeps only those claims of a verified caller that the rule looked at', async () => {
    const world = await createWorld();
    await world.vend(await world.ciToken({ actor: 'jane', email: 'jane@acme.example' }), { ttl: '1d' });
    const [event] = world.events;
    expect(event!.reason).toBe('ttl_refused');
    expect(Object.keys(event!)).toEqual(expect.arrayContaining(IDENTITY));
    expect(JSON.stringify(event)).not.toContain('jane');
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
