// Forgeries that need keys: what an issuer publishes, and tokens signed by keys that it publishes or does not.
// It never decides what is refused.

import type { JWK } from 'jose';
import { createSigningKey, type SigningAlgorithm } from '../emulator/issuer.ts';
import type { World } from '../world.ts';
import { type Forge, tenantToken } from './attack.ts';

/** A good token whose header has other members. */
export const headed =
  (header: Record<string, unknown>): Forge =>
  (world) =>
    tenantToken(world, {}, { header });

/** Puts other keys in the place of the backend's published ones, until the next row. */
export function publish(world: World, keys: readonly unknown[]): void {
  world.backend.answer.jwks = () => Response.json({ keys });
}
/** The key that the backend signs with, as it publishes it. */
export const ownJwk = (world: World) => world.backend.keys[0]!.publicJwk;

/** A good token, signed while the issuer publishes its own key in another form. */
export const republished =
  (change: (jwk: JWK) => unknown[], header: Record<string, unknown> = {}): Forge =>
  (world) => {
    publish(world, change(ownJwk(world)));
    return tenantToken(world, {}, { header });
  };

/** A token of a fresh key of the given algorithm, which the issuer publishes beside its own. */
export const signedBy =
  (alg: SigningAlgorithm, members: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Forge =>
  async (world) => {
    const key = await createSigningKey(alg);
    publish(world, [ownJwk(world), { ...key.publicJwk, ...members }]);
    return tenantToken(world, {}, { key, header });
  };
