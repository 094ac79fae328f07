// A machine whose only way out is a proxy: the published command and the action go through it, and except what NO_PROXY names.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { unusedProxy, useProxies } from '../../src/client/proxy.ts';
import { COMMAND } from './built-command.ts';

const ACTION = join(import.meta.dirname, '../../action/main.js');
const HOST = 'sts.example.com';

let folder: string;
let certificate: string;
let service: Server;
let proxy: Server;
/** What the proxy was asked to open, and what the service was asked. */
const tunnels: string[] = [];
const requests: string[] = [];

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const proxyUrl = () => `http://127.0.0.1:${portOf(proxy)}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'influx-sts-proxy-'));
  const key = join(folder, 'key.pem');
  certificate = join(folder, 'certificate.pem');
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const subject = ['-subj', '/CN=proxy', '-addext', `subjectAltName=DNS:${HOST},DNS:localhost,DNS:runner.example.com`];
  await promisify(execFile)('openssl', [...request, ...subject, '-keyout', key, '-out', certificate]);
  service = createSecureServer({ key: await readFile(key), cert: await readFile(certificate) }, (asked, response) => {
    requests.push(`${asked.method} ${asked.url}`);
    if (asked.url?.startsWith('/idtoken')) {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":"a.b.c"}');
      return;
    }
    const body = { reason: 'no_rule', detail: 'No rule.', retryable: false, status: 403, request_id: 'r' };
    response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  proxy = createServer((_, response) => response.writeHead(400).end()).listen(0, '127.0.0.1');
  proxy.on('connect', (asked, socket) => {
    tunnels.push(asked.url ?? '');
    const onward = connect(portOf(service), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => {});
  });
  await Promise.all([service, proxy].map((server) => once(server, 'listening')));
});
afterAll(async () => {
  for (const server of [service, proxy]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  tunnels.length = 0;
  requests.length = 0;
});

async function node(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH ?? '', ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  await once(child, 'close');
  return said;
}
const token = (url: string, env: Readonly<Record<string, string>>) =>
  node([COMMAND, 'token', '--url', url], { INFLUX_STS_ID_TOKEN: 'a.b.c', NODE_EXTRA_CA_CERTS: certificate, ...env });

test.each(['HTTPS_PROXY', 'https_proxy'])('the command goes through the proxy that %s names', async (variable) => {
  const said = await token(`https://${HOST}`, { [variable]: proxyUrl() });
  expect({ tunnels, requests }).toEqual({ tunnels: [`${HOST}:443`], requests: ['POST /v1/tokens'] });
  expect(said).toContain('no_rule');
});

test('and past it to what NO_PROXY names', async () => {
  const url = `https://localhost:${portOf(service)}`;
  const said = await token(url, { HTTPS_PROXY: proxyUrl(), NO_PROXY: 'other.example, localhost' });
  expect({ tunnels, requests }).toEqual({ tunnels: [], requests: ['POST /v1/tokens'] });
  expect(said).toContain('no_rule');
});

test('the action does, for its id token and for the service', async () => {
  await Promise.all(['output', 'env', 'state', 'summary'].map((name) => writeFile(join(folder, name), '')));
  const said = await node([ACTION], {
    NODE_EXTRA_CA_CERTS: certificate,
    HTTPS_PROXY: proxyUrl(),
    INPUT_URL: `https://${HOST}`,
    INPUT_AUDIENCE: 'x',
    ACTIONS_ID_TOKEN_REQUEST_URL: `https://runner.example.com/idtoken`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'r',
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STATE: join(folder, 'state'),
    GITHUB_ENV: join(folder, 'env'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
  });
  expect(tunnels).toEqual(['runner.example.com:443', `${HOST}:443`]);
  expect(requests).toEqual(['GET /idtoken?audience=x', 'POST /v1/tokens']);
  expect(said).toContain('no_rule');
});

test('a proxy that is no address is said to be none', async () => {
  const said = await token(`https://localhost:${portOf(service)}`, { HTTPS_PROXY: 'proxy.example.com:3128' });
  expect(said).toContain('HTTPS_PROXY is no address such as http://proxy.example.com:3128, so no proxy is used');
  expect(useProxies({})).toBeNull();
});

test('a certificate that is not accepted is named, and asked about once', async () => {
  const said = await token(`https://localhost:${portOf(service)}`, { NODE_EXTRA_CA_CERTS: '' });
  expect(said).toContain('cannot be reached: its certificate is not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)');
  expect(said).not.toContain('Asking again');
});

const NEEDS = 'HTTPS_PROXY is set, but Node uses it only with NODE_USE_ENV_PROXY=1';
test.each([
  ['24.1.0', { HTTPS_PROXY: 'http://p' }, NEEDS],
  ['22.21.0', { HTTPS_PROXY: 'http://p' }, NEEDS],
  ['22.20.0', { HTTPS_PROXY: 'http://p' }, 'HTTPS_PROXY is set, but Node 22.20.0 cannot use it'],
  ['20.20.2', { https_proxy: 'http://p' }, 'https_proxy is set, but Node 20.20.2 cannot use it: take Node 24'],
  ['20.20.2', { HTTPS_PROXY: 'http://p', NODE_USE_ENV_PROXY: '1' }, 'Node 20.20.2 cannot use it'],
  ['24.1.0', { HTTPS_PROXY: 'http://p', NODE_USE_ENV_PROXY: '1' }, null],
  ['24.1.0', { HTTPS_PROXY: 'http://p', NO_PROXY: '.example.com' }, null],
  ['24.1.0', { HTTPS_PROXY: 'http://p', no_proxy: '*' }, null],
  ['24.1.0', { HTTPS_PROXY: 'http://p', NO_PROXY: 'other.com' }, NEEDS],
  ['24.1.0', { HTTP_PROXY: 'http://p' }, null],
  ['24.1.0', { HTTPS_PROXY: '' }, null],
])('a client of the library on Node %s with %j is told %s', (version, variables, words) => {
  const advice = unusedProxy(`https://${HOST}`, variables, { versions: { node: version } });
  if (words === null) expect(advice).toBeNull();
  else expect(advice).toContain(words);
});
