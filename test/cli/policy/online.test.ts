// `policy check --online`: what the issuers themselves say, asked for by the Worker's own key source.

import { expect, onTestFinished, test } from 'vitest';
import { probeIssuer } from '../../../src/cli/policy/issuer-probe.ts';
import type { Runtime } from '../../../src/foundation/runtime.ts';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { createIssuer, type IssuerAnswers } from '../../emulator/issuer.ts';
import { listen } from '../../emulator/listen.ts';
import { folder, policy } from '../command-line.ts';

/** The warnings about an issuer that answers so; its address in them is spelled ISS. */
async function warnings(answers: (iss: string) => IssuerAnswers, extra = ''): Promise<readonly string[]> {
  let handler = async (_request: Request) => new Response(null, { status: 404 });
  const listener = await listen((request) => handler(request));
  onTestFinished(() => listener.close());
  const issuer = await createIssuer({ iss: listener.url });
  Object.assign(issuer.answer, answers(listener.url));
  handler = (request) => issuer.fetch(request);

  const { write } = await folder();
  const file = await write(
    'policy.yaml',
    `
audience: https://sts.example.com
issuers:
  local: { issuer: "${listener.url}"${extra} }
  twin: { issuer: "${listener.url}", audience: https://other.example.com${extra} }
instances: { main: { url: "https://influxdb.example.com", admin_token: INFLUXDB3_ADMIN_TOKEN } }
rules: []
`,
  );
  const ran = await policy(['check', '--online', '--development', '--json', '--policy', file]);
  expect(ran.exit).toBe(0);
  for (const { severity, line } of ran.json().findings)
    expect({ severity, line }).toEqual({ severity: 'warning', line: 4 });
  return ran.json().findings.map(({ message }: { message: string }) => message.replaceAll(listener.url, 'ISS'));
}

const json = (value: unknown) => () => Response.json(value);

test('an issuer that answers as it should is no cause for a warning', async () => {
  expect(await warnings(() => ({}))).toEqual([]);
});

test.each<[string, (iss: string) => IssuerAnswers, string]>([
  [
    'another issuer',
    () => ({ discovery: json({ issuer: 'https://other.example.com', jwks_uri: 'x' }) }),
    'names another issuer, "https://other.example.com"',
  ],
  ['no issuer', () => ({ discovery: json({}) }), 'names another issuer, none'],
  ['no key set', (iss) => ({ discovery: json({ issuer: iss }) }), 'names no "jwks_uri"'],
  [
    'keys elsewhere',
    (iss) => ({ discovery: json({ issuer: iss, jwks_uri: 'https://keys.example.com/' }) }),
    'keys stand at "https://keys.example.com/"',
  ],
  [
    'an error',
    () => ({ discovery: () => new Response('', { status: 500 }) }),
    'ISS/.well-known/openid-configuration answers 500',
  ],
  [
    'a redirect',
    () => ({ discovery: () => new Response(null, { status: 302, headers: { location: '/x' } }) }),
    'answers with a redirect (status 302)',
  ],
  ['HTML', () => ({ discovery: () => new Response('<p>') }), 'does not answer with JSON'],
  ['keys in error', () => ({ jwks: () => new Response('', { status: 503 }) }), 'ISS/.well-known/jwks answers 503'],
  ['no keys', () => ({ jwks: json({ keys: [] }) }), 'ISS/.well-known/jwks holds no usable key'],
  ['symmetric keys', () => ({ jwks: json({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }) }), 'holds no usable key'],
])('discovery or key set with %s is a warning', async (_what, answers, message) => {
  const found = await warnings(answers);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
});

test('keys of another algorithm than the policy accepts are a warning', async () => {
  expect(await warnings(() => ({}), ', algorithms: [ES256]')).toEqual([
    'the issuer "local" cannot be relied on: ISS/.well-known/jwks holds no key for ES256',
  ]);
});

test('an issuer that is not there is a warning', async () => {
  const { write } = await folder();
  const gone = await listen(async () => new Response());
  await gone.close();
  const file = await write(
    'policy.yaml',
    `{ audience: "https://a.example", issuers: { local: { issuer: "${gone.url}" } }, instances: {}, rules: [] }`,
  );
  const { json: printed } = await policy(['check', '--online', '--development', '--json', '--policy', file]);
  expect(printed().findings[0].message).toContain('cannot be reached: connection refused (ECONNREFUSED)');
});

test('keys in the policy itself are looked at without asking anybody', async () => {
  const { write } = await folder();
  const { jwks } = await createIssuer({ iss: 'https://issuer.example', algorithm: 'ES256' });
  const file = await write('policy.json', {
    audience: 'https://a.example',
    issuers: { local: { issuer: 'https://issuer.example', jwks: jwks() } },
    instances: {},
    rules: [],
  });
  const { json: printed } = await policy(['check', '--online', '--json', '--policy', file]);
  expect(printed().findings[0].message).toContain('no key of the set can be used');
});

test('an issuer that never answers is a warning, and waited for no longer than the Worker would', async () => {
  const unanswered = new AbortController();
  const silent: Runtime = {
    fetch: (_url, init) =>
      new Promise((_resolve, reject) => {
        unanswered.signal.addEventListener('abort', () => reject(new TypeError(String(init.method))));
      }),
    now: () => 0,
    random: (size) => new Uint8Array(size),
    waitUntil: () => {},
    after: (milliseconds, action) => {
      const timer = setTimeout(action, milliseconds / 1_000);
      return () => clearTimeout(timer);
    },
    alarm: () => {},
  };
  const { policy: compiled } = await compilePolicy(
    '{ audience: "https://a.example", issuers: { local: { issuer: "https://issuer.example" } }, instances: {}, rules: [] }',
    { development: false },
  );
  const problem = await probeIssuer(compiled!.issuers.local!, silent, { development: false });
  unanswered.abort();
  expect(problem).toBe('https://issuer.example/.well-known/openid-configuration did not answer in time');
});
