// One outbound request: bounded in time and size whatever the other side declares.

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outbound, send } from '../../src/foundation/outbound.ts';

const MAX_BYTES = 1_000;

/** Answers by path: a real server, since no Response made by hand lies about its length. */
const server: Server = createServer((request, response) => {
  const text = 'x'.repeat(100 * MAX_BYTES);
  switch (request.url) {
    case '/compressed': {
      const body = gzipSync(text);
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body);
      break;
    }
    case '/declared':
      response.writeHead(200, { 'content-length': text.length }).end(text);
      break;
    case '/chunked':
      response.writeHead(200).write(text.slice(0, 10));
      response.end(text);
      break;
    case '/binary':
      response.writeHead(200, { 'content-length': 2 }).end(Buffer.from([0xc3, 0x28]));
      break;
    case '/sign-in':
      response.writeHead(302, { location: 'https://acme.cloudflareaccess.com/cdn-cgi/login?token=secret' }).end();
      break;
    case '/agent':
      response.writeHead(200).end(request.headers['user-agent']);
      break;
    default:
      response.writeHead(200, { 'content-length': 5 }).end('small');
  }
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const runtime = {
  fetch: (url: string, init: RequestInit) => fetch(url, init),
  after: (milliseconds: number, action: () => void) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};
const get = (path: string): Promise<Outbound> =>
  send(runtime, origin + path, {}, { timeoutMs: 5_000, maxBytes: MAX_BYTES });

test('reads a small answer', async () => {
  expect(await get('/small')).toMatchObject({ ok: true, answer: { status: 200, body: 'small' } });
});

test.each(['/compressed', '/declared', '/chunked'])('does not read an answer that is too large: %s', async (path) => {
  expect(await get(path)).toEqual({
    ok: false,
    fault: 'too_large',
    detail: 'an answer (status 200) that is larger than 1000 bytes',
    lasting: false,
  });
});

test('does not read an answer that is no text', async () => {
  expect(await get('/binary')).toMatchObject({ ok: false, fault: 'not_text' });
});

test('follows no redirect, and of where it leads names the host alone', async () => {
  expect(await get('/sign-in')).toEqual({
    ok: false,
    fault: 'redirect',
    detail: 'a redirect (status 302) to acme.cloudflareaccess.com, which is not followed',
    lasting: true,
  });
});

test('says whose request it is, with the version that the package has', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'));
  expect(await get('/agent')).toMatchObject({ answer: { body: `influx-sts/${version}` } });
});
