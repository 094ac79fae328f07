// The promises of the README, each as its own test: through the whole service, at the moment that counts.

import { expect, test } from 'vitest';
import { createWorld, POLICY, type World } from '../world.ts';

const SHARED = `${POLICY}
  - { name: shared, issuer: backend, when: { client_id: boards }, allow: ["db:tenant_a:read"], ttl: 30m, share: true }
`;

/** The name in a request that makes a token; null for any other request. */
async function nameIn(request: Request): Promise<string | null> {
  if (request.method !== 'POST' || !request.url.endsWith('/enterprise/configure/token')) return null;
  const { token_name: name } = (await request.clone().json()) as { token_name: string };
  return name;
}

test('every token that InfluxDB is asked for has a durable record from before it was asked for, by its name', async () => {
  const asked: { readonly name: string; readonly recorded: boolean }[] = [];
  const answers = ['as it is', 'refused', 'lost', 'late'];
  const world: World = await createWorld({
    policy: SHARED,
    hurry: 100,
    upstream: async (request, influx) => {
      const name = await nameIn(request);
      if (name === null) return influx.fetch(request);
      const rows = [...world.stores.memoryGates.storages.values()].flatMap((storage) =>
        storage.run(`SELECT id FROM open WHERE id = ? AND facts <> ''`, name),
      );
      asked.push({ name, recorded: rows.length === 1 });
      const answer = answers[asked.length % answers.length];
      if (answer === 'refused') return new Response('no', { status: 400 });
      const made = await influx.fetch(request);
      if (answer === 'lost') throw new TypeError('connection reset');
      return answer === 'late' ? new Promise(() => undefined) : made;
    },
  });
  for (let at = 0; at < 8; at++) {
    await world.vend(await world.ciToken({ jti: `${at}` }));
    await world.vend(await world.backendToken({ sub: 't', tenant: 'a' }));
    await world.vend(await world.backendToken({ client_id: 'boards' }));
    world.clock.advance(20 * 60_000);
  }
  await world.settle();
  expect(asked.length).toBeGreaterThanOrEqual(24);
  expect(asked.filter(({ recorded }) => !recorded)).toEqual([]);
  // And it stays: open, or as an entry.
  const ids = [...world.stores.memoryGates.storages.values()].flatMap((storage) =>
    storage.run(`SELECT id FROM open WHERE facts <> '' UNION SELECT id FROM entries`).map(({ id }) => id),
  );
  expect(asked.filter(({ name }) => !ids.includes(name))).toEqual([]);
});
