// A stand-in for InfluxDB that answers "create a token" correctly and at once, in a process of its own, so that its work is charged to
// nobody else. It keeps nothing, answers no other request, and ends with the process that started it.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The documented form: 64 random bytes behind the prefix. One for all, since making it is not what is measured. */
const TOKEN = `apiv3_${randomBytes(64).toString('base64url')}`;

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    if (request.method !== 'POST' || request.url !== '/api/v3/enterprise/configure/token') {
      response.writeHead(404).end();
      return;
    }
    const asked = JSON.parse(body) as { token_name: string; expiry_secs: number };
    const now = Date.now();
    const answer = JSON.stringify({
      id: 1,
      name: asked.token_name,
      token: TOKEN,
      hash: 'not looked at',
      created_at: new Date(now).toISOString(),
      expiry: new Date(now + asked.expiry_secs * 1000).toISOString(),
    });
    response.writeHead(201, { 'content-length': Buffer.byteLength(answer) }).end(answer);
  });
});

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
