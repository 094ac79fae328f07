// What the pages show of the trail and of switches, where the service has use cases that tell: stub use cases, and a stub of the session.

import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { failure, success } from '../../src/foundation/failure.ts';
import { type PageUses, pages } from '../../src/ui/pages/pages.tsx';
import type { UiEnv } from '../../src/ui/session/env.ts';
import { createPageWorld, ORIGIN, type PageWorld } from './visitor.ts';

const SCRIPT = '<script>alert(1)</script>';

async function ask(world: PageWorld, more: Partial<PageUses>, path = '/', form?: Record<string, string>) {
  const subjectToken = await world.people.sign({ sub: 'ann', email: 'ann@acme.example', aud: ORIGIN });
  const app = new Hono<UiEnv>();
  app.use(async (c, next) => {
    c.set('receipt', { id: 'one', receivedAt: world.clock.now });
    c.set('session', { subjectToken, issuer: 'people', endsAt: world.clock.now + 60_000, csrf: 'x' });
    c.set('nonce', 'n');
    c.set('form', new URLSearchParams(form));
    await next();
  });
  app.route('/', pages({ ...world.service, ...more }));
  const response = await app.request(path, { method: form === undefined ? 'GET' : 'POST' });
  return { status: response.status, text: await response.text() };
}

test('a token that ended within a day stays with its reason', async () => {
  const world = await createPageWorld();
  const ended = {
    name: 'sts.main.engineers.x',
    rule: 'engineers',
    instance: 'main',
    permissions: ['db:ci_metrics:read'],
    endedAt: world.clock.now - 3_600_000,
    reason: `revoked by ${SCRIPT}`,
  };
  const { text } = await ask(world, { endedTokens: async () => success([ended]) });
  expect(text).toContain('Ended within a day');
  expect(text).toContain('revoked by &lt;script&gt;');
  expect(text).toContain('read-only on <code>ci_metrics</code>');
});

test('a switch that covers the person is said instead of the form, with why and until when', async () => {
  const world = await createPageWorld();
  const until = world.clock.now + 7_200_000;
  const one = {
    id: 'a',
    level: 'operator',
    why: `A leak. ${SCRIPT}`,
    note: 'a note',
    until,
    set_at: world.clock.now,
  } as const;
  for (const [target, what] of [
    [{ kind: 'everything' }, 'everything'],
    [{ kind: 'rule', name: 'engineers' }, 'the rule &quot;engineers&quot;'],
    [{ kind: 'identity', issuer: 'people', claims: { sub: 'ann' } }, 'your identity'],
  ] as const) {
    await world.stores.board.set({ ...one, target }, null);
    const { text } = await ask(world, {});
    expect(text).toContain(`Switched off: ${what}`);
    expect(text).toContain('A leak. &lt;script&gt;');
    expect(text).toContain(new Date(until).toISOString());
    expect(text).toContain('You can still list and revoke your tokens.');
    expect(text).not.toMatch(/a note|action="\/ui\/token"/);
    await world.stores.board.lift('a');
  }
  await world.stores.board.set({ ...one, target: { kind: 'rule', name: 'ci-metrics' } }, null);
  expect((await ask(world, {})).text).not.toContain('Switched off');
});

test('a vend that a switch refuses says so, and asks nobody to change the policy', async () => {
  const world = await createPageWorld();
  const refused = failure('switched_off', 'The rule engineers is switched off until 14:00: a leak.');
  const form = { rule: 'engineers', ttl: '60', permission: 'db:ci_metrics:read', step: 'vend' };
  const { status, text } = await ask(world, { exchange: async () => refused }, '/token', form);
  expect(status).toBe(403);
  expect(text).toContain('The rule engineers is switched off until 14:00: a leak.');
  expect(text).toContain('You can still list and revoke your tokens.');
  expect(text).not.toContain('Ask for it');
});

test('a request id leads to its event, whatever the event holds', async () => {
  const world = await createPageWorld();
  const requestId = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const event = {
    kind: 'vend',
    id: requestId,
    outcome: 'refused',
    reason: 'no_rule',
    claims: { ref: SCRIPT },
  } as never;
  const asked: unknown[] = [];
  const auditEvent: PageUses['auditEvent'] = async (_receipt, read) => {
    asked.push(read.ok ? read.value.requestId : null);
    return success(event);
  };
  const { status, text } = await ask(world, { auditEvent }, '/decisions', { pasted: ` ${requestId.toLowerCase()} ` });
  expect([status, asked]).toEqual([200, [requestId]]);
  expect(text).toContain('It was refused');
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  const missing = failure('not_found', 'There is no such event.');
  const other = await ask(world, { auditEvent: async () => missing }, '/decisions', { pasted: requestId });
  expect([other.status, other.text]).toEqual([404, expect.stringContaining('There is no such event.')]);
});
