// A door whose code is loaded when somebody first asks for it, so that no isolate compiles it at its start. Its requests have been through
// the app's middleware, and its errors and unknown addresses are the app's. It never loads anything by itself.

import { type Context, Hono } from 'hono';
import type { DoorEnv } from './door.ts';

interface InnerEnv extends DoorEnv {
  /** The request as the app has received it. */
  readonly Bindings: { readonly outer: Context<DoorEnv> };
}

/** Mounts at `path` what `load` imports. */
export function lazyDoor<Env extends DoorEnv>(app: Hono<DoorEnv>, path: string, load: () => Promise<Hono<Env>>): void {
  // The loaded door is shared by the requests of the isolate; the promise is not, because it belongs to the request that made it.
  let loaded: Hono<InnerEnv> | null = null;
  app.all(`${path}/*`, async (outer) => {
    loaded ??= mounted(path, await load());
    return loaded.fetch(outer.req.raw, { outer });
  });
}

function mounted<Env extends DoorEnv>(path: string, door: Hono<Env>): Hono<InnerEnv> {
  const inner = new Hono<InnerEnv>();
  inner.use(async (c, next) => {
    c.set('receipt', c.env.outer.var.receipt);
    await next();
  });
  inner.route(path, door);
  inner.notFound((c) => c.env.outer.notFound());
  inner.onError((error) => {
    throw error;
  });
  return inner;
}
