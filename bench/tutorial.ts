// The tutorial: the same job as a page with Hono, jose and zod would teach it. It checks the signature, issuer, audience and times, looks
// the owner up in a list, and checks nothing else: no duplicate keys, no bounds, no deadline, no answer; it records nothing, and must never
// be deployed.

import { Hono } from 'hono';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import * as z from 'zod';

type Bindings = Readonly<
  Record<'JWKS' | 'ISSUER' | 'AUDIENCE' | 'OWNERS' | 'ADMIN_TOKEN' | 'UPSTREAM' | 'SLOW_UPSTREAM', string>
>;

const body = z.object({ permissions: z.array(z.string()), ttl: z.string() });
/** The names of the times that callers ask for, as a tutorial would read them. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

const app = new Hono<{ Bindings: Bindings }>();
let keys: ReturnType<typeof createLocalJWKSet>;
let owners: ReadonlySet<unknown>;

app.post('/:case', async (c) => {
  keys ??= createLocalJWKSet(JSON.parse(c.env.JWKS) as JSONWebKeySet);
  owners ??= new Set(JSON.parse(c.env.OWNERS) as string[]);
  const token = c.req.header('authorization')?.replace('Bearer ', '') ?? '';
  const { payload } = await jwtVerify(token, keys, { issuer: c.env.ISSUER, audience: c.env.AUDIENCE });
  const { permissions, ttl } = body.parse(await c.req.json());
  if (!owners.has(payload.repository_owner_id)) return c.json({ error: 'no rule' }, 403);
  const answer = await fetch(c.req.param('case') === 'slow' ? c.env.SLOW_UPSTREAM : c.env.UPSTREAM, {
    method: 'POST',
    headers: { authorization: `Bearer ${c.env.ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      token_name: `tutorial-${crypto.randomUUID()}`,
      permissions: permissions.map((text) => {
        const [type, name, action] = text.split(':');
        return { resource_type: type, resource_names: [name], actions: [action] };
      }),
      expiry_secs: Number(ttl.slice(0, -1)) * (UNITS[ttl.slice(-1)] ?? 1),
    }),
  });
  const created = (await answer.json()) as { token: string; expiry: string };
  return c.json({ token: created.token, expires_at: created.expiry }, 201);
});

export default app;
