// The frame for tables of refusals beside grants: two worlds of one policy, one that must refuse whatever is asked of it and one that must
// grant. Nothing is ever created in the first, so its InfluxDB stays untouched. It never decides what is to be refused.

import { beforeAll, beforeEach, expect } from 'vitest';
import type { Reason } from '../../src/foundation/failure.ts';
import { createWorld, expectRefusal, type Reply, type World, type WorldOptions } from '../world.ts';

export type Claims = Record<string, unknown>;
/** Who asks: a job of GitHub or a client of the backend, with claims changed or added. */
export type Persona = (world: World, claims: Claims) => Promise<string>;

export const job: Persona = (world, claims) => world.ciToken(claims);
export const client: Persona = (world, claims) => world.backendToken(claims);

/** A `POST` of exactly these bytes with these headers, as the job that the default policy admits. */
export async function sendAsJob(world: World, init: RequestInit, path = '/v1/tokens'): Promise<Reply> {
  const token = await world.ciToken();
  return world.request(path, {
    method: 'POST',
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
}

export interface Pair {
  /** Expects the refusal and all that it promises, and that InfluxDB has heard nothing. */
  readonly refused: (who: Persona, claims: Claims, body: unknown, status: number, reason: Reason) => Promise<Reply>;
  /** Expects a token by that rule. */
  readonly granted: (who: Persona, claims: Claims, body: unknown, rule: string) => Promise<Reply>;
  readonly refusing: () => World;
  readonly granting: () => World;
}

export function createPair(options: WorldOptions): Pair {
  let worlds: { readonly refusing: World; readonly granting: World };
  beforeAll(async () => {
    worlds = { refusing: await createWorld(options), granting: await createWorld(options) };
  });
  beforeEach(() => {
    forget(worlds.refusing);
    forget(worlds.granting);
  });

  return {
    refusing: () => worlds.refusing,
    granting: () => worlds.granting,

    async refused(who, claims, body, status, reason) {
      const world = worlds.refusing;
      forget(world);
      const token = await who(world, claims);
      const reply = await world.vend(token, body);
      expectRefusal(world, reply, status, reason, [token]);
      expect(world.influx.requests).toEqual([]);
      return reply;
    },

    async granted(who, claims, body, rule) {
      const world = worlds.granting;
      forget(world);
      const reply = await world.vend(await who(world, claims), body);
      expect([reply.status, reply.body.rule, reply.body.detail]).toEqual([201, rule, undefined]);
      expect(world.events.map((event) => [event.outcome, event.rule])).toEqual([['allowed', rule]]);
      return reply;
    },
  };
}

function forget({ events, calls }: World): void {
  events.length = 0;
  calls.length = 0;
}
