// The frame for tables of attacks: each row forges a subject token in a world that has forgotten every key, and names the one reason it
// must be refused for. Rows share a world, because none of them may leave a trace. It never decides what is an attack.

import { expect, it } from 'vitest';
import type { Reason } from '../../src/foundation/failure.ts';
import { KEYS_USABLE_MS } from '../../src/identity/key-source.ts';
import type { SignOptions } from '../emulator/issuer.ts';
import {
  AUDIENCE,
  BACKEND,
  createWorld,
  expectNoSecrets,
  expectRefusal,
  type World,
  type WorldOptions,
} from '../world.ts';

/** Makes a subject token; it may first put answers or keys of its own in front of the service. */
export type Forge = (world: World) => string | Promise<string>;

export type Attack = readonly [name: string, reason: Reason, forge: Forge];
export type Neighbour = readonly [name: string, forge: Forge];

/** One test for each row: refused with the reason, and with everything else that a refusal promises. */
export function itRefuses(attacks: readonly Attack[], options: WorldOptions = {}): void {
  const shared = sharedWorld(options);
  it.each(attacks)('rejects %s as %s', async (_name, reason, forge) => {
    const world = await shared();
    const token = await forge(world);
    const reply = await world.vend(token);
    expectRefusal(world, reply, STATUS[reason] ?? 401, reason, [token]);
    if (reason === 'issuer_untrusted') expect(world.calls).toEqual([]);
  });
}

/** One test for each row: the case one step away from an attack, which must succeed. */
export function itAccepts(neighbours: readonly Neighbour[], options: WorldOptions = {}): void {
  const shared = sharedWorld(options);
  it.each(neighbours)('accepts %s', async (_name, forge) => {
    const world = await shared();
    const token = await forge(world);
    const reply = await world.vend(token);
    expect({ status: reply.status, detail: reply.body.detail }).toEqual({ status: 201, detail: undefined });
    expect(world.events.map(({ outcome }) => outcome)).toEqual(['allowed']);
    // The answer holds the database token, as it must; nothing else may.
    expectNoSecrets(world, '', [token]);
  });
}

/** Reasons outside 401 that these classes of attack meet. */
const STATUS: Partial<Record<Reason, number>> = { keys_unavailable: 503, no_rule: 403, not_granted: 403 };

/** A row that wrongly minted would fail the rows after it too, so it takes its world with it. */
function sharedWorld(options: WorldOptions): () => Promise<World> {
  let world: World | undefined;
  return async () => {
    if (world === undefined || world.influx.creates() > 0) world = await createWorld(options);
    forget(world);
    return world;
  };
}

/** As if no request had ever come: neither events, nor calls, nor usable keys are left, and the issuers answer as they should. */
export function forget(world: World): void {
  for (const list of [world.events, world.calls, world.alarms]) list.length = 0;
  for (const issuer of [world.github, world.backend]) {
    issuer.answer = {};
    issuer.requests.length = 0;
  }
  world.clock.advance(KEYS_USABLE_MS + 1);
}

/** A policy of one issuer entry, `backend`, with the given settings of it in YAML's flow form. */
export function backendPolicy(settings: string): string {
  return `
audience: ${AUDIENCE}
issuers:
  backend: { issuer: ${BACKEND}, ${settings} }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: tenant-self
    issuer: backend
    when: { tenant: { exists: true } }
    allow: ["db:tenant_{tenant}:read"]
`;
}

/** The claims of a backend's token for tenant "a", which the rule `tenant-self` admits. */
export function tenantClaims(world: World, overrides: Record<string, unknown> = {}): Record<string, unknown> {
  const iat = Math.floor(world.clock.now / 1000);
  return { iss: BACKEND, sub: 'subject', aud: AUDIENCE, iat, exp: iat + 300, tenant: 'a', ...overrides };
}

/** The good token that most attacks depart from. */
export function tenantToken(
  world: World,
  overrides: Record<string, unknown> = {},
  options: SignOptions = {},
): Promise<string> {
  return world.backend.sign(tenantClaims(world, overrides), options);
}

/** Signs exact bytes or text in place of the header's or payload's JSON, with the backend's good key. */
export function rawToken(world: World, part: { header?: unknown; payload?: unknown }): Promise<string> {
  const { kid } = world.backend.keys[0]!;
  return world.backend.signRaw(part.header ?? { alg: 'RS256', kid }, part.payload ?? tenantClaims(world));
}

/** A header of the given JSON text, under a good signature. */
export const withHeaderText =
  (text: (kid: string) => unknown): Forge =>
  (world) =>
    rawToken(world, { header: text(world.backend.keys[0]!.kid) });

/** The payload's JSON text after a change that keeps its closing brace last. */
export const withPayloadText =
  (change: (json: string) => unknown): Forge =>
  (world) =>
    rawToken(world, { payload: change(JSON.stringify(tenantClaims(world))) });
