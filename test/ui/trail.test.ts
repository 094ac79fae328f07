// What the pages show of the trail and of switches: the use cases, or stubs of them, and a stub of the session.

import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { failure, success } from '../../src/foundation/failure.ts';
import { type PageUses, pages } from '../../src/ui/pages/pages.tsx';
import type { UiEnv } from '../../src/ui/session/env.ts';
import { createPageWorld, ORIGIN, type PageWorld } from './visitor.ts';

const ONE = '01JDCM6W0000000000000000AA';
const SCRIPT = '<script>alert(1)</script>';

async function ask(
  world: PageWorld,
  more: Partial<PageUses>,
  path = '/',
  form?: Record<string, string>,
  email = 'ann@acme.example',
) {
  const subjectToken = await world.people.sign({ sub: email.split('@')[0]!, email, aud: ORIGIN });
  const app = new Hono<UiEnv>();
  app.use(async (c, next) => {
    c.set('receipt', { id: ONE, receivedAt: world.clock.now });
    c.set('session', { subjectToken, issuer: 'people', endsAt: world.clock.now + 60_000, csrf: 'x' });
    c.set('nonce', 'n');
    c.set('form', new URLSearchParams(form));
    await next();
  });
  app.route('/', pages({ ...world.service, ...more }));
  const response = await app.request(path, { method: form === undefined ? 'GET' : 'POST' });
  return { status: response.status, text: await response.text() };
}

/** A token of ann's; its name. */
async function vend(world: PageWorld): Promise<string> {
  const token = await world.people.sign({ sub: 'ann', email: 'ann@acme.example', aud: ORIGIN });
  const { body } = await world.vend(token, { permissions: ['db:ci_metrics:read'], ttl: 600 });
  return body.name;
}
const revoke = async (world: PageWorld, name: string, credential: string) =>
  world.request(`/v1/tokens/${name}`, { method: 'DELETE', headers: { authorization: `Bearer ${credential}` } });

test('a token that ended within a day stays with its reason, one that lives does not', async () => {
  const world = await createPageWorld();
  const person = (email: string) => world.people.sign({ sub: email.split('@')[0]!, email, aud: ORIGIN });
  await vend(world);
  world.clock.advance(601_000);
  await revoke(world, await vend(world), await person('ann@acme.example'));
  await revoke(world, await vend(world), await person('op@acme.example'));
  await vend(world);
  await world.settle();
  const { text } = await ask(world, {});
  const [living, ended] = text.split('Ended within a day');
  expect(living!.match(/action="\/ui\/revoke"/g)).toHaveLength(1);
  expect(living).not.toMatch(/revoked by|expired/);
  const reasons = [...ended!.matchAll(/(revoked by you|revoked by an operator|expired), <time/g)].map(
    ([, reason]) => reason,
  );
  expect(reasons.sort()).toEqual(['expired', 'revoked by an operator', 'revoked by you']);
  expect(ended).toContain('read-only on <code>ci_metrics</code>');
  world.clock.advance(25 * 3_600_000);
  expect((await ask(world, {})).text).not.toContain('Ended within a day');
});

test('says so where the trail does not tell which tokens have ended', async () => {
  const world = await createPageWorld();
  const silent: PageUses['list'] = async (receipt, read) =>
    read.ok && read.value.filter.ended ? failure('state_unavailable', 'x') : world.service.list(receipt, read);
  expect((await ask(world, { list: silent })).text).toContain('Not all of these can be told at the moment.');
  const short: PageUses['list'] = async () => success({ entries: [], incomplete: ['gate a'], next: null });
  expect((await ask(world, { list: short })).text).toContain('Not all of these can be told at the moment.');
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

describe('a request looked up by its id', () => {
  const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const entry = { gate: 'a', epoch: 1, number: 7, time: '2026-11-28T12:00:00.000Z', actor: 'caller' } as const;
  const told = (entries: readonly object[], pending: readonly object[] = [], silent: readonly string[] = []) => ({
    showAuditRequest: async () => success({ entries, pending, silent } as never),
  });
  const show = async (world: PageWorld, more: Partial<PageUses>) =>
    (await ask(world, more, '/decisions', { pasted: ` ${ID.toLowerCase()} ` })).text;

  test('says to an operator what was given, to whom and by which rule, and later what became of it', async () => {
    const world = await createPageWorld();
    const ci = await world.vend(await world.ciToken());
    await revoke(world, ci.body.name, ci.body.lease);
    await world.settle();
    const pasted = ci.headers.get('x-request-id')!;
    const { status, text } = await ask(world, {}, '/decisions', { pasted }, 'op@acme.example');
    expect(status).toBe(200);
    expect(text).toContain('<h1>It was granted</h1>');
    const facts = [...text.split('As it is kept').map(factsOf)].find(({ token }) => token !== undefined)!;
    expect(facts).toMatchObject({
      what: expect.stringMatching(/^write-only on ci_metrics, for 15 min, until \d\d:\d\d UTC$/),
      rule: 'ci-metrics of the instance main',
      by: expect.stringMatching(/^github: .*repository_id 123456/),
      token: ci.body.name,
    });
    expect(text).not.toContain(ci.body.token);
  });

  test('is nothing for a person who neither operates the service nor owns a rule', async () => {
    const world = await createPageWorld();
    const { status, text } = await ask(world, {}, '/decisions', { pasted: ID });
    expect([status, text]).toEqual([403, expect.stringContaining('owners of a rule')]);
    const none = await ask(world, {}, '/decisions', { pasted: ID }, 'op@acme.example');
    expect([none.status, none.text]).toEqual([404, expect.stringContaining('The trail has nothing of this request.')]);
  });

  test.each([
    ['vend', 'made', 'It was granted', 'A token was given.'],
    ['hand_out', 'made', 'It was granted', 'A shared token was given.'],
    ['vend', 'failed', 'It gave no token', 'It was granted, but no token was given.'],
    ['vend', 'undelivered', 'It gave no token', 'deleted because the caller was gone'],
    ['vend', 'abandoned', 'It gave no token', 'gone before InfluxDB was asked'],
    ['vend', 'unknown', 'What became of it is not known', 'Nobody said what became of the token.'],
    ['vend', 'found', 'It was granted', 'InfluxDB was asked afterwards: the token is there.'],
    ['vend', 'never_made', 'It gave no token', 'the token is not there'],
    ['vend', 'expired', 'What became of it is not known', 'could not be asked'],
    ['refusal', 'refused', 'It was refused', 'The request was refused.'],
    ['revoke', 'done', 'It revoked a token', 'The token was revoked.'],
    ['revoke', 'pending', 'It is revoking a token', 'repeated until it is done'],
    ['revoke', 'failed', 'It revoked nothing', 'The token was not revoked.'],
    ['sweep', 'done', 'What is kept of it', 'Expired tokens were deleted.'],
    ['read', 'done', 'What is kept of it', 'The trail was read.'],
  ])('%s %s is told in words', async (kind, outcome, heading, sentence) => {
    const text = await show(await createPageWorld(), told([{ ...entry, kind, outcome }]));
    expect(text).toContain(`<h1>${heading}</h1>`);
    expect(text).toContain(sentence);
  });

  test('says its entries oldest first, then what is open, what is folded, what corrects what, and which gate is silent', async () => {
    const world = await createPageWorld();
    const vended = { ...entry, kind: 'vend', permissions: ['db:prod:write'], rule: 'ci', instance: 'main' };
    const text = await show(
      world,
      told(
        [
          { ...vended, number: 9, outcome: 'found', corrects: 8 },
          { ...vended, number: 8, outcome: 'unknown' },
          { ...entry, kind: 'policy', outcome: 'done' },
        ],
        [{ ...entry, kind: 'refusal', reason: 'not_granted', count: 41, outcome: 'refused' }],
        ['c'],
      ),
    );
    const order = ['this policy for the first time', 'Nobody said', 'asked afterwards', 'The request was refused'];
    const places = order.map((words) => text.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).toContain('The permissions are not granted.');
    expect(text).toContain('at least 41 such requests within a minute');
    expect(text).toContain('entry 8 of gate a');
    expect(text).toContain('More may be kept: gate c did not answer.');
    const waiting = await show(world, told([], [{ ...vended, token_name: 'sts.main.ci.x.y' }]));
    expect(waiting).toContain('<h1>What became of it is not known</h1>');
    expect(waiting).toContain('it is not known yet what became of it');
  });

  test('shows what a caller or an operator wrote as text, and a switch with its reason and note', async () => {
    const target = { kind: 'identity', issuer: SCRIPT, claims: { [SCRIPT]: SCRIPT } };
    const off = { id: 'a', target, level: 'operator', why: `A leak. ${SCRIPT}`, note: `ticket ${SCRIPT}`, until: null };
    const all = { ...entry, kind: 'switch', outcome: 'done', switch: { ...off, turned: 'off' } };
    const planted = { subject: { [SCRIPT]: SCRIPT }, claims: { ref: SCRIPT }, run: { id: SCRIPT }, reason: SCRIPT };
    const text = await show(
      await createPageWorld(),
      told([{ ...all, ...planted, rule: SCRIPT, permissions: [SCRIPT] }]),
    );
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).toContain('<h1>It set a switch</h1>');
    expect(text).toContain('A leak. &lt;script&gt;');
    expect(text).toContain('ticket &lt;script&gt;');
  });
});

/** What the definition lists of a piece of a page say. */
function factsOf(html: string): Record<string, string> {
  const facts = [...html.matchAll(/<dt>([^<]*)<\/dt><dd>([\s\S]*?)<\/dd>/g)];
  return Object.fromEntries(facts.map(([, name, value]) => [name!, value!.replace(/<[^>]+>/g, '')]));
}
