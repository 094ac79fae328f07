// Class "Time, audience, replay": what an issuer's entry in the policy makes of a genuine token - whom it names, and which of several
// entries it comes in by.

import { describe, expect, it } from 'vitest';
import { AUDIENCE, BACKEND, createWorld, expectRefusal, type World } from '../world.ts';
import { backendPolicy, type Forge, itAccepts, itRefuses, tenantToken } from './attack.ts';

const claiming =
  (overrides: Record<string, unknown>): Forge =>
  (world) =>
    tenantToken(world, overrides);

describe('a subject of other claims than sub', () => {
  const policy = backendPolicy('subject: [client_id, [email, common_name]]');
  itRefuses(
    [
      ['a missing subject claim', 'claim_invalid', claiming({ email: 'a@example.com' })],
      ['an empty subject claim', 'claim_invalid', claiming({ client_id: '', email: 'a@example.com' })],
      ['a number as a subject claim', 'token_malformed', claiming({ client_id: 7, email: 'a@example.com' })],
      ['a list as a subject claim', 'token_malformed', claiming({ client_id: ['x'], email: 'a@example.com' })],
      ['null as a subject claim', 'token_malformed', claiming({ client_id: null, email: 'a@example.com' })],
      ['no alternative', 'claim_invalid', claiming({ client_id: 'x' })],
      ['alternatives that are all empty', 'claim_invalid', claiming({ client_id: 'x', email: '', common_name: '' })],
      [
        'a first alternative of the wrong type',
        'token_malformed',
        claiming({ client_id: 'x', email: 1, common_name: 'y' }),
      ],
      [
        'a sub of the wrong type, which is still a registered claim',
        'token_malformed',
        claiming({ sub: 1, client_id: 'x', email: 'y' }),
      ],
    ],
    { policy },
  );
  itAccepts(
    [
      [
        'no sub',
        (world) => world.backend.sign({ aud: AUDIENCE, tenant: 'a', client_id: 'x', email: 'y' }, { omit: ['sub'] }),
      ],
      ['the second alternative where the first is empty', claiming({ client_id: 'x', email: '', common_name: 'y' })],
    ],
    { policy },
  );
});

describe('entries that share an iss and differ in audience', () => {
  const policy = `
issuers:
  readers: { issuer: ${BACKEND}, audience: "urn:readers", max_lifetime: 5m }
  writers: { issuer: ${BACKEND}, audience: "urn:writers", multiple_audiences: true }
  others: { issuer: ${BACKEND}, audience: "urn:others", multiple_audiences: true }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - { name: read, issuer: readers, when: { tenant: { exists: true } }, allow: ["db:tenant_{tenant}:read"] }
  - { name: write, issuer: writers, when: { tenant: { exists: true } }, allow: ["db:tenant_{tenant}:write"] }
`;
  itRefuses(
    [
      ['an audience of no entry', 'claim_invalid', claiming({ aud: 'urn:nobody' })],
      ['audiences of two entries that both fit', 'claim_invalid', claiming({ aud: ['urn:writers', 'urn:others'] })],
      ['an entry without rules, whatever its neighbours allow', 'no_rule', claiming({ aud: 'urn:others' })],
      ['a life over the limit of the entry that fits', 'claim_invalid', timed301],
      [
        'a forged token before its audience',
        'signature_invalid',
        async (world) =>
          `${(await tenantToken(world, { aud: 'urn:nobody' })).replace(/\.[^.]*$/, '')}.${'A'.repeat(342)}`,
      ],
    ],
    { policy },
  );

  it.each([
    ['readers', 'urn:readers', 'read', ['db:tenant_a:read']],
    ['writers', 'urn:writers', 'write', ['db:tenant_a:write']],
    [
      'writers, also beside an audience of the stricter entry',
      ['urn:readers', 'urn:writers'],
      'write',
      ['db:tenant_a:write'],
    ],
  ])('come in by the entry of their audience: %s', async (_name, aud, rule, permissions) => {
    const world = await createWorld({ policy });
    const reply = await world.vend(await tenantToken(world, { aud }));
    expect(reply.body).toMatchObject({ rule, permissions });
  });

  it('never lend their rules to one another', async () => {
    const world = await createWorld({ policy });
    const token = await tenantToken(world, { aud: 'urn:readers' });
    expectRefusal(world, await world.vend(token, { permissions: ['db:tenant_a:write'] }), 403, 'not_granted', [token]);
    world.events.length = 0;
    expectRefusal(world, await world.vend(token, { rule: 'write' }), 400, 'rule_unknown', [token]);
  });
});

function timed301(world: World): Promise<string> {
  const iat = Math.floor(world.clock.now / 1000);
  return tenantToken(world, { aud: 'urn:readers', iat, exp: iat + 301 });
}
