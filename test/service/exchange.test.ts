// The line as a whole: what its one event holds, at whichever step it ends.

import { expect, test } from 'vitest';
import { createWorld, expectRefusal } from '../world.ts';

test('keeps nothing of a request in the log before its token is verified', async () => {
  const world = await createWorld();
  const forged = `${(await world.ciToken()).slice(0, -8)}AAAAAAAA`;
  const reply = await world.vend(forged, { permissions: ['db:apiv9_planted_by_a_forger:read'] });
  expectRefusal(world, reply, 401, 'signature_invalid');
  expect(JSON.stringify(world.events)).not.toContain('planted');
});

test('keeps what a verified caller asked for, also when it is refused', async () => {
  const world = await createWorld();
  const reply = await world.vend(await world.ciToken(), { permissions: ['db:elsewhere:read'] });
  expectRefusal(world, reply, 403, 'not_granted');
  expect(world.events[0]).toMatchObject({ permissions_asked: ['db:elsewhere:read'], rule: 'ci-metrics' });
});
