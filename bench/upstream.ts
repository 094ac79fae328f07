// A stand-in for InfluxDB in a process of its own, so that its work is charged to nobody else. It answers a create, a delete and a listing
// correctly, at once or after the milliseconds that its one argument says. It keeps some names for the listing, and checks nothing.

import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The documented form: 64 random bytes behind the prefix. One for all, since making it is not what is measured. */
const TOKEN = `apiv3_${randomBytes(64).toString('base64url')}`;
const PORT_DESCRIPTOR = 3;
/** Rows of a listing: the tokens of a busy caller. */
const LISTED = 20;

interface Row {
  readonly name: string;
  readonly created_at: string;
  readonly expiry: string;
  readonly permissions: string;
}

const listed: Row[] = [];

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

function respond(method: string, url: string, body: string, response: ServerResponse): void {
  if (method === 'DELETE' && url.startsWith('/api/v3/configure/token?')) return void reply(response, 200, {});
  if (method !== 'POST') return void reply(response, 404, {});
  if (url === '/api/v3/query_sql') return void reply(response, 200, listed);
  if (url !== '/api/v3/enterprise/configure/token') return void reply(response, 404, {});
  const asked = JSON.parse(body) as { token_name: string; expiry_secs: number; permissions: unknown };
  const now = Date.now();
  const created_at = new Date(now).toISOString();
  const expiry = new Date(now + asked.expiry_secs * 1000).toISOString();
  if (asked.token_name.startsWith('sts.') && listed.length < LISTED) {
    listed.push({ name: asked.token_name, created_at, expiry, permissions: '["db:ci_metrics:write"]' });
  }
  return void reply(response, 201, {
    id: 1,
    name: asked.token_name,
    token: TOKEN,
    hash: 'not looked at',
    created_at,
    expiry,
  });
}

const delayMs = Number(process.argv[2]);
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    const answer = () => respond(request.method ?? '', request.url ?? '', body, response);
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  writeSync(PORT_DESCRIPTOR, JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
