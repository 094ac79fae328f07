// Faults on the way to a token, made by a real server: those that pass are waited out, with a line for each pause; those that last are
// said to be what they are, and asked about once.

import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { webEnvironment } from '../../src/client/environment.ts';
import { StsError } from '../../src/client/error.ts';
import { fromGitHubActions } from '../../src/client/github-actions.ts';
import { describeRetry } from '../../src/client/retry.ts';

type Fault = (response: ServerResponse) => void;
type Place = 'service' | 'idtoken';

/** Each test has a path of its own below the id token endpoint, and says to the service by its id token who it is. */
const faults = new Map<string, { readonly place: Place; readonly fault: Fault; left: number }>();
const asked = new Map<string, number>();
const agents = new Set<string | undefined>();

const VENDED = {
  token: `apiv3_${'a'.repeat(85)}A`,
  lease: null,
  name: 'sts.main.ci.o.u.t',
  permissions: ['db:a:write'],
  expires_at: '2026-11-23T12:15:00Z',
  expires_in: 900,
  rule: 'ci',
  instance: 'main',
  url: 'https://influxdb.example.com',
  shared: false,
  usable_after: null,
};
const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const answer: RequestListener = (request, response) => {
  agents.add(request.headers['user-agent']);
  const place = request.url?.startsWith('/idtoken/') ? 'idtoken' : 'service';
  const key =
    place === 'idtoken'
      ? decodeURIComponent(request.url!.split('/')[2]!.split('?')[0]!)
      : (request.headers.authorization ?? '').slice('Bearer '.length);
  const at = `${place} ${key}`;
  asked.set(at, (asked.get(at) ?? 0) + 1);
  const entry = faults.get(key);
  if (entry?.place === place && entry.left-- > 0) entry.fault(response);
  else if (place === 'idtoken') json(response, 200, { count: 1, value: key });
  else json(response, 201, VENDED);
};
const server = createServer(answer);
let origin = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let count = 0;

/** Asks for a token while the place has this fault so many times. */
async function ask(place: Place, fault: Fault, times: number) {
  const key = `id${++count}`;
  faults.set(key, { place, fault, left: times });
  const lines: string[] = [];
  const client = createClient({
    url: origin,
    audience: 'x',
    timeoutMs: 1_000,
    subjectToken: fromGitHubActions({
      ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/idtoken/${key}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-runner',
    }),
    onRetry: (retry) => lines.push(describeRetry(retry)),
    environment: { ...webEnvironment, chance: () => 0 },
  });
  const outcome = await client.exchange().catch((error: unknown) => error);
  return { outcome, lines, asked: asked.get(`${place} ${key}`) };
}

const status =
  (code: number, body = '', type = 'text/html'): Fault =>
  (response) =>
    response.writeHead(code, { 'content-type': type }).end(body);
const reset: Fault = (response) => response.destroy();
const cut: Fault = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"value": "a');
  setTimeout(() => response.destroy(), 20);
};
const hang: Fault = () => {};

describe('a fault that passes is waited out, and leaves one line', () => {
  test.concurrent.each<[Place, string, Fault]>([
    ...[408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530].map(
      (code) => ['service', `a gateway's ${code}`, status(code, '<html>')] as [Place, string, Fault],
    ),
    ['service', 'an empty 200', status(200)],
    ['service', 'a reset', reset],
    ['service', 'an answer that is cut', cut],
    ['service', 'no answer', hang],
    ['idtoken', '403 for a job that counts as pending', status(403, '{"message": "the job is Pending"}')],
    ['idtoken', '429', status(429)],
    ['idtoken', '500', status(500)],
    ['idtoken', "a gateway's 502", status(502, '<html>')],
    ['idtoken', '503', status(503)],
    ['idtoken', 'an empty 200', status(200)],
    ['idtoken', 'a 200 without a token', status(200, '{}', 'application/json')],
    ['idtoken', 'a reset', reset],
    ['idtoken', 'an answer that is cut', cut],
    ['idtoken', 'no answer', hang],
  ])('%s: %s', async (place, _, fault) => {
    const { outcome, lines, asked } = await ask(place, fault, 1);
    expect(outcome).toMatchObject({ token: VENDED.token });
    expect(asked).toBe(2);
    const reason = place === 'service' ? 'service_un' : 'subject_token_unavailable';
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^attempt 1 of 4: ${reason}.* Asking again in [0-9.]+ s\\.$`)),
    ]);
  });
});

describe('a fault that lasts is asked about once, and named', () => {
  test.concurrent.each<[Place, string, Fault, string]>([
    ['service', 'a page with 200', status(200, '<html>'), 'status 200'],
    ['service', 'a page with 404', status(404, '<html>'), 'status 404'],
    ['service', 'a redirect', status(302), 'status 302'],
    ['service', 'a sign-in', status(401, 'who?'), 'status 401'],
    ['service', 'a method that nobody takes', status(405), 'status 405'],
    ['service', 'a 501', status(501), 'status 501'],
    ['service', 'no TLS behind the gateway', status(525), 'status 525'],
    ['service', 'a certificate behind the gateway', status(526), 'status 526'],
    [
      'idtoken',
      'a 400 with words',
      status(400, '{"message": "Unknown audience"}'),
      'answered with 400: Unknown audience',
    ],
    ['idtoken', 'a 401', status(401, 'bad'), 'answered with 401: bad'],
    ['idtoken', 'a 404', status(404, '<html>'), 'answered with 404.'],
  ])('%s: %s', async (place, _, fault, words) => {
    const { outcome, lines, asked } = await ask(place, fault, 9);
    expect(outcome).toBeInstanceOf(StsError);
    expect(outcome).toMatchObject({ retryable: false, detail: expect.stringContaining(words) });
    expect({ lines, asked }).toEqual({ lines: [], asked: 1 });
  });
});

test('a fault that should pass and does not is named at last, with what the endpoint says', async () => {
  const pending = status(403, '{"message": "no id token while the job is Pending"}');
  const { outcome, lines, asked } = await ask('idtoken', pending, 9);
  expect(outcome).toMatchObject({ detail: expect.stringContaining('403: no id token while the job is Pending') });
  expect([lines.length, asked]).toEqual([3, 4]);
});

test('each request says whose it is', () => {
  expect([...agents]).toEqual([expect.stringMatching(/^influx-sts\/\d+\.\d+\.\d+$/)]);
});
