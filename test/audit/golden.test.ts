// The audit line of each kind and outcome, held whole against a file in `golden/`: a field that comes, goes or changes shows as a
// difference there. Renew them with `npm test -- test/audit/golden.test.ts -u`; read the difference before you commit it.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AuditEvent } from '../../src/audit/event.ts';
import { failure, success } from '../../src/foundation/failure.ts';
import type { BeginSession } from '../../src/service/entrance.ts';
import { AUDIENCE, createWorld, POLICY, type World } from '../world.ts';

const GOLDEN = join(import.meta.dirname, 'golden');

const EVERYBODY = `${POLICY}
  - { name: shared, issuer: backend, when: { client_id: boards }, allow: ["db:tenant_a:read"], ttl: 30m, share: true }
  - { name: operators, issuer: backend, when: { role: dba }, roles: [operator] }
`;

const operator = (world: World) => world.backendToken({ sub: 'dba-1', role: 'dba' });
const tenant = (world: World) => world.backendToken({ sub: 'user-1', tenant: 'a' });
const withBearer = (credential: string, init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
});
const explain = async (world: World, credential: string, body: unknown) =>
  world.request('/v1/explain', withBearer(credential, { method: 'POST', body: JSON.stringify(body) }));
const whoami = (world: World, credential: string) => world.request('/v1/whoami', withBearer(credential));
const list = (world: World, credential: string, query = '') =>
  world.request(`/v1/tokens${query}`, withBearer(credential));
const ready = (world: World, credential: string) => world.request('/readyz', withBearer(credential));
const readTrail = (world: World, credential: string) => world.request('/v1/audit/events', withBearer(credential));
const revoke = (world: World, name: string, credential: string) =>
  world.request(`/v1/tokens/${name}`, withBearer(credential, { method: 'DELETE' }));
const revokeByForm = (world: World, token: string) =>
  world.request('/oauth/revoke', { method: 'POST', body: new URLSearchParams({ token }) });

const begin = async ({ service, clock }: World, read: Parameters<BeginSession>[1]) => {
  if (!service.entrance.ok) throw new Error('the world is not configured');
  await service.entrance.value.begin({ id: '01M8HAJCDTCVV7BBHMNF48HK0Y', receivedAt: clock.now }, read);
};

/** What is vended before, whose own event is forgotten. */
async function vended(world: World) {
  const { body } = await world.vend(await world.ciToken());
  world.events.length = 0;
  return body as { readonly name: string; readonly lease: string; readonly token: string };
}

/**
 * What chance makes, and what follows from it, has a placeholder: the ULID of the request, and that of a token's name with its tag. So
 * has the digest of the policy, which is that of the compiled form and may change where no event does.
 */
const PLACEHOLDERS: Readonly<Record<string, readonly [form: RegExp, placeholder: string]>> = {
  id: [/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, '(ULID)'],
  token_name: [/\.[0-7][0-9A-HJKMNP-TV-Z]{25}\.[a-z2-7]{16}$/, '.(ULID).(tag)'],
  policy: [/^[0-9a-f]{64}$/, '(digest)'],
};

/** The line as it is logged, one field below the other. */
function shown(event: AuditEvent): string {
  const fields = Object.entries(event).map(([field, value]) => {
    const [form, placeholder] = PLACEHOLDERS[field] ?? [];
    return [field, form === undefined ? value : String(value).replace(form, placeholder!)];
  });
  return `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n`;
}

/** `kind-outcome` and, of a refusal, its reason; more where there are several. */
const ATTEMPTS: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'vend-allowed': async (world) => world.vend(await world.ciToken(), { permissions: ['db:ci_metrics:write'] }),
  'vend-allowed-as-the-rule-has-it': async (world) => world.vend(await world.ciToken()),
  'vend-allowed-after-a-while': async (world) => {
    const response = (original: Response) => {
      world.clock.advance(1_250);
      return original;
    };
    world.influx.faults.next('create', { kind: 'rewrite', response });
    await world.vend(await world.ciToken());
  },
  'vend-allowed-shared': async (world) => world.vend(await world.backendToken({ sub: 'u', client_id: 'boards' })),
  'vend-refused-token_missing': (world) => world.request('/v1/tokens', { method: 'POST' }),
  'vend-refused-method_not_allowed': async (world) =>
    world.request('/v1/tokens', withBearer(await world.ciToken(), { method: 'PUT' })),
  'vend-refused-request_malformed': async (world) => world.vend(await world.ciToken(), '{'),
  'vend-refused-content_type_unsupported': async (world) => {
    const headers = { authorization: `Bearer ${await world.ciToken()}`, 'content-type': 'text/plain' };
    await world.request('/v1/tokens', { method: 'POST', headers, body: '{}' });
  },
  'vend-refused-body_too_large': async (world) => world.vend(await world.ciToken(), 'x'.repeat(16 * 1024 + 1)),
  'vend-refused-token_malformed': (world) => world.vend('no.token.here'),
  'vend-refused-issuer_untrusted': async (world) =>
    world.vend(await world.github.sign({ iss: `https://${'x'.repeat(4_000)}.example` })),
  'vend-refused-signature_invalid': async (world) => {
    const [header, payload] = (await world.ciToken({ sub: 'planted' })).split('.');
    await world.vend(`${header}.${payload}.${'A'.repeat(342)}`, { permissions: ['db:planted:read'] });
  },
  'vend-refused-algorithm_refused': async (world) => {
    const claims = { aud: AUDIENCE, repository_id: 'planted' };
    await world.vend(await world.github.sign(claims, { header: { alg: 'HS256' }, key: world.backend.keys[0]! }));
  },
  'vend-refused-claim_invalid': async (world) => world.vend(await world.ciToken({ aud: 'https://elsewhere.example' })),
  'vend-refused-token_expired': async (world) => world.vend(await world.ciToken({ iat: 1, exp: 2 })),
  'vend-refused-token_not_yet_valid': async (world) => {
    const now = world.clock.now / 1000;
    await world.vend(await world.ciToken({ nbf: now + 120, exp: now + 300 }));
  },
  'vend-refused-token_too_old': async (world) => {
    const now = world.clock.now / 1000;
    await world.vend(await world.ciToken({ iat: now - 2 * 86_400, exp: now - 2 * 86_400 + 600_000 }));
  },
  'vend-refused-token_replayed': async (world) => {
    const token = await world.ciToken();
    await world.vend(token);
    world.events.length = 0;
    await world.vend(token);
  },
  'vend-refused-keys_unavailable': async (world) => {
    world.github.answer.jwks = () => new Response('down', { status: 503 });
    await world.vend(await world.ciToken());
  },
  'vend-refused-no_rule': async (world) => world.vend(await world.ciToken({ ref: 'refs/heads/x', actor: 'jane' })),
  'vend-refused-no_rule-to-a-stranger': async (world) => world.vend(await world.ciToken({ repository_id: '9' })),
  'vend-refused-rule_unknown': async (world) => world.vend(await tenant(world), { rule: 'other' }),
  'vend-refused-instance_unknown': async (world) => world.vend(await tenant(world), { instance: 'other' }),
  'vend-refused-request_ambiguous': async (world) => world.vend(await world.backendToken({ client_id: 'dashboards' })),
  'vend-refused-permissions_conflict': async (world) =>
    world.vend(await tenant(world), { permissions: ['db:*:read', 'db:tenant_a:read'] }),
  'vend-refused-not_granted': async (world) => world.vend(await tenant(world), { permissions: ['db:tenant_b:read'] }),
  'vend-refused-denied_by_rule': async (world) => {
    const token = await world.ciToken({ event_name: 'pull_request_target' });
    await world.vend(token, { permissions: ['db:ci_metrics:write'] });
  },
  'vend-refused-ttl_refused': async (world) => world.vend(await tenant(world), { ttl: '1d' }),
  'vend-refused-database_unknown': async (world) => world.vend(await world.backendToken({ tenant: 'gone' })),
  'vend-refused-upstream_unreachable-outcome-not-known': async (world) => {
    world.influx.faults.next('create', { kind: 'lost' });
    world.influx.faults.always('delete', { kind: 'reset' });
    await world.vend(await world.ciToken());
  },
  'revoke-allowed-by-lease': async (world) => {
    const { name, lease } = await vended(world);
    await revoke(world, name, lease);
  },
  'revoke-allowed-by-owner': async (world) => revoke(world, (await vended(world)).name, await world.ciToken()),
  'revoke-allowed-by-operator': async (world) => revoke(world, (await vended(world)).name, await operator(world)),
  'revoke-allowed-by-the-token-itself': async (world) => revokeByForm(world, (await vended(world)).token),
  'revoke-refused-not_found': async (world) => revoke(world, (await vended(world)).name, await tenant(world)),
  'revoke-refused-token_malformed': async (world) => revoke(world, (await vended(world)).name, 'stsl_no-lease'),
  'list-allowed': async (world) => list(world, await tenant(world)),
  'list-refused-operator_required': async (world) => list(world, await tenant(world), '?all=true'),
  'list-refused-no_rule': async (world) => list(world, await world.ciToken({ repository_id: '9' })),
  'explain-allowed-of-a-grant': async (world) =>
    explain(world, await world.ciToken(), { permissions: ['db:ci_metrics:write'] }),
  'explain-allowed-of-a-refusal': async (world) =>
    explain(world, await tenant(world), { permissions: ['db:tenant_b:read'] }),
  'explain-allowed-about-another': async (world) =>
    explain(world, await operator(world), { issuer: 'backend', claims: { sub: 'private', tenant: 'b' } }),
  'explain-refused-operator_required': async (world) =>
    explain(world, await tenant(world), { issuer: 'backend', claims: { sub: 'private', tenant: 'b' } }),
  'whoami-allowed': async (world) => whoami(world, await world.ciToken()),
  'whoami-refused-token_expired': async (world) => whoami(world, await world.ciToken({ iat: 1, exp: 2 })),
  'offer-allowed': async (world) => {
    const receipt = { id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', receivedAt: world.clock.now };
    await world.service.offer(receipt, success(await tenant(world)));
  },
  'ready-allowed': async (world) => ready(world, await operator(world)),
  'ready-refused-operator_required': async (world) => ready(world, await tenant(world)),
  'read-allowed': async (world) => readTrail(world, await operator(world)),
  'read-refused-operator_required': async (world) => readTrail(world, await tenant(world)),
  'session-allowed': async (world) => begin(world, success({ issuer: 'backend', subjectToken: await tenant(world) })),
  'session-refused-claim_invalid': async (world) =>
    begin(world, success({ issuer: 'github', subjectToken: await tenant(world) })),
  'session-refused-request_malformed': async (world) =>
    begin(world, failure('request_malformed', 'It belongs to no sign-in of this browser.')),
  'sweep-allowed': async (world) => {
    await vended(world);
    world.clock.advance(900_000);
    await world.service.sweep({ id: 'the id of the run', receivedAt: world.clock.now });
  },
};

const present = readdirSync(GOLDEN).sort();

test('each file is that of an attempt, and each attempt has its file', () => {
  const wanted = Object.keys(ATTEMPTS).map((name) => `${name}.json`);
  expect(present).toEqual(wanted.sort());
});

test.each(Object.entries(ATTEMPTS))('%s', async (name, attempt) => {
  const world = await createWorld({ policy: EVERYBODY });
  await attempt(world);
  await world.settle();
  expect(world.events).toHaveLength(1);
  const [event] = world.events as [AuditEvent];
  const [kind, outcome, reason] = name.split('-');
  expect([event.kind, event.outcome, event.reason]).toEqual([
    kind,
    outcome,
    outcome === 'refused' ? reason : undefined,
  ]);
  expect(event.policy).toBe(world.policy.digest);
  await expect(shown(event)).toMatchFileSnapshot(join(GOLDEN, `${name}.json`));
});
