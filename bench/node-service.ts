// The same job as a plain Node service: `node:http` and jose. It checks what the tutorial checks, and no more; it must never be deployed.
// It says on its fourth descriptor where it listens.

import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, jwtVerify } from 'jose';

const { JWKS = '', ISSUER = '', AUDIENCE = '', OWNERS = '', ADMIN_TOKEN = '', UPSTREAM = '' } = process.env;
const PORT_DESCRIPTOR = 3;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

const keys = createLocalJWKSet(JSON.parse(JWKS));
const owners: ReadonlySet<unknown> = new Set(JSON.parse(OWNERS));

async function answer(authorization: string, text: string): Promise<readonly [number, object]> {
  const { payload } = await jwtVerify(authorization.replace('Bearer ', ''), keys, {
    issuer: ISSUER,
    audience: AUDIENCE,
  });
  const { permissions, ttl } = JSON.parse(text) as { permissions: string[]; ttl: string };
  if (!owners.has(payload.repository_owner_id)) return [403, { error: 'no rule' }];
  const response = await fetch(UPSTREAM, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      token_name: `node-${randomUUID()}`,
      permissions: permissions.map((permission) => {
        const [type, name, action] = permission.split(':');
        return { resource_type: type, resource_names: [name], actions: [action] };
      }),
      expiry_secs: Number(ttl.slice(0, -1)) * (UNITS[ttl.slice(-1)] ?? 1),
    }),
  });
  const created = (await response.json()) as { token: string; expiry: string };
  return [201, { token: created.token, expires_at: created.expiry }];
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', async () => {
    const [status, body] = await answer(request.headers.authorization ?? '', text).catch(() => [500, {}] as const);
    const json = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
    response.end(json);
  });
});

server.listen(0, '127.0.0.1', () => {
  writeSync(PORT_DESCRIPTOR, JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
