// What the owners of a rule see of the trail: the entries of their rules, and nothing else.

import { expect, test } from 'vitest';
import { createWorld, expectNoSecrets, expectRefusal, POLICY, type Reply, type World } from '../world.ts';

const POLICY_WITH_OWNERS = `${POLICY.replace(
  'ttl: 15m\n',
  'ttl: 15m\n    owners: { issuer: people, when: { team: ci } }\n',
).replace('issuers:\n', 'issuers:\n  people: { issuer: "https://login.example.com/", audience: people }\n')}
  - { name: operators, issuer: backend, when: { role: dba }, roles: [operator] }
`;

/** Of an issuer for which there is no rule at all: but for what they own they would be a stranger. */
const owner = (world: World) => world.backendToken({ sub: 'lead', team: 'ci', aud: 'people' });
const stranger = (world: World) => world.backendToken({ sub: 'lead', team: 'else', aud: 'people' });
const operator = (world: World) => world.backendToken({ sub: 'root', role: 'dba' });

const open = () => createWorld({ policy: POLICY_WITH_OWNERS });
const idOf = (reply: Reply) => reply.headers.get('x-request-id')!;

async function read(world: World, who: Promise<string>, query = ''): Promise<Reply> {
  await world.settle();
  world.events.length = 0;
  return world.request(`/v1/audit/events${query}`, { headers: { authorization: `Bearer ${await who}` } });
}
async function switchOff(world: World, who: Promise<string>, target: unknown): Promise<Reply> {
  const headers = { authorization: `Bearer ${await who}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ target, why: 'a leak', note: 'ticket-7', for: '1s' });
  return world.request('/v1/switches', { method: 'POST', headers, body });
}

test('owners see the entries of their rules alone, page by page and by request', async () => {
  const world = await open();
  const own = await world.vend(await world.ciToken());
  const others = await world.vend(await world.backendToken({ sub: 't', tenant: 'a' }));
  const page = await read(world, owner(world));
  expect(page.status).toBe(200);
  expect(page.body.events.map(({ rule, token_name: name }: Record<string, string>) => [rule, name])).toEqual([
    ['ci-metrics', own.body.name],
  ]);
  expectNoSecrets(world, page.text);
  expect((await read(world, owner(world), `?request_id=${idOf(others)}`)).body.events).toEqual([]);
  expect((await read(world, owner(world), `/${idOf(own)}`)).body.events).toHaveLength(1);
  // One and the same answer, whether the request is another rule's or was never made.
  const [foreign, none] = [idOf(others), '01JDCM6W0000000000000000AA'];
  const answers = [];
  for (const id of [foreign, none]) {
    const reply = await read(world, owner(world), `/${id}`);
    expect([reply.status, reply.body.reason]).toEqual([404, 'not_found']);
    answers.push(reply);
    expect(reply.body.detail).toContain('the rules that you own');
  }
  expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
});

test('owners see the refusals that came nearest to their rules while the minute is not over', async () => {
  const world = await open();
  const refused = await world.vend(await world.ciToken(), { permissions: ['db:other:write'] });
  const { body } = await read(world, owner(world), `/${idOf(refused)}`);
  expect(body.open).toMatchObject([{ kind: 'refusal', rule: 'ci-metrics', reason: 'not_granted' }]);
});

test('owners see the switches of their rules, without the notes that are for operators', async () => {
  const world = await open();
  const set = await switchOff(world, operator(world), { kind: 'rule', name: 'ci-metrics' });
  await switchOff(world, operator(world), { kind: 'rule', name: 'tenant-self' });
  await switchOff(world, operator(world), { kind: 'identity', issuer: 'backend', claims: { sub: 'lead' } });
  for (const query of ['', '?rule=ci-metrics', `/${idOf(set)}`]) {
    const { text, body } = await read(world, owner(world), query);
    if (!query.startsWith('?'))
      expect(body.events).toMatchObject([{ switch: { target: { name: 'ci-metrics' }, why: 'a leak' } }]);
    expect(text).not.toMatch(/ticket-7|tenant-self|identity/);
  }
  expect((await read(world, operator(world), `/${idOf(set)}`)).text).toContain('ticket-7');
});

test('owners who ask for a rule that is not theirs are told so, whether or not there is such a rule', async () => {
  const world = await open();
  const answers = [];
  for (const rule of ['tenant-self', 'nobody', 'constructor']) {
    const reply = await read(world, owner(world), `?rule=${rule}`);
    expectRefusal(world, reply, 403, 'operator_required');
    answers.push(reply.body.detail);
  }
  expect(new Set(answers).size).toBe(1);
});

test('what owners read is kept as read by an owner, and a stranger stays one', async () => {
  const world = await open();
  await read(world, owner(world));
  await world.settle();
  world.clock.advance(120_000);
  await world.stores.memoryGates.ring();
  const { body } = await read(world, operator(world));
  expect(body.events).toMatchObject([{ kind: 'read', actor: 'owner', issuer: 'people', subject: { sub: 'lead' } }]);
  expect((await read(world, owner(world))).body.events).toEqual([]);
  expectRefusal(world, await read(world, stranger(world)), 403, 'no_rule');
});
