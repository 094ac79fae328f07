// The session of the page: what the browser keeps, whose forms are taken, what each answer says to the browser, and Cloudflare Access in front.

import { EncryptJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { ACCESS, ANN, createPageWorld, ORIGIN, PAGE_POLICY, type PageWorld, PEOPLE, type Visitor } from './visitor.ts';

const SESSION = '__Host-sts-session';
const OTHER_KEY = btoa('o'.repeat(32));

async function signedIn(world: PageWorld): Promise<Visitor> {
  const ann = world.visit();
  await ann.signIn();
  return ann;
}

const knows = async (visitor: Visitor) => (await visitor.get('/ui')).text.includes(ANN.sub);

describe('what the browser keeps', () => {
  test('is of this host alone, over TLS, out of reach of scripts and of what other sites send, and shows nothing', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    const departed = await ann.get('/ui/sign-in');
    const back = await ann.get(await ann.atIssuer(departed));
    const lines = [...departed.headers.getSetCookie(), ...back.headers.getSetCookie()];
    expect(lines.map((line) => /^[^=]+/.exec(line)?.[0])).toEqual([
      '__Host-sts-sign-in',
      '__Host-sts-sign-in',
      SESSION,
      '__Host-sts-renewal',
    ]);
    for (const line of lines) {
      expect(line).toMatch(/; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
      // The one thing that is no secret: how it is encrypted.
      expect(line).toMatch(/=(;|eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0\.\.[\w-]{16}\.[\w-]+\.[\w-]{22};)/);
    }
  });

  test('ends with the token, or after eight hours', async () => {
    for (const [life, seconds] of [
      [600, 600],
      [20 * 3_600, 8 * 3_600],
    ] as const) {
      const world = await createPageWorld();
      const sign = world.people.sign;
      world.people.sign = (claims, options) =>
        sign({ ...claims, exp: Math.floor(world.clock.now / 1000) + life }, options);
      const ann = await signedIn(world);
      ann.cookies.delete('__Host-sts-renewal');
      world.clock.advance((seconds - 10) * 1000);
      expect(await knows(ann)).toBe(true);
      world.clock.advance(11_000);
      expect(await knows(ann)).toBe(false);
    }
  });

  test.each([1, 5_000])('holds a token with %d more characters, in up to three cookies', async (more) => {
    const world = await createPageWorld();
    world.signIn.faults = { claims: { groups: 'g'.repeat(more) } };
    const ann = await signedIn(world);
    expect([...ann.cookies.keys()].filter((name) => name.startsWith(SESSION))).toHaveLength(more > 1 ? 3 : 1);
    for (const value of ann.cookies.values()) expect(value.length).toBeLessThanOrEqual(3_800);
    expect(await knows(ann)).toBe(true);
    // A shorter token afterwards leaves nothing of the longer one.
    world.signIn.faults = {};
    await ann.signIn();
    expect([...ann.cookies.keys()]).toEqual([SESSION, '__Host-sts-renewal']);
    expect(await knows(ann)).toBe(true);
  });

  test('never is a token that three cookies cannot hold: the page says so', async () => {
    const world = await createPageWorld();
    world.signIn.faults = { claims: { groups: 'g'.repeat(9_000) } };
    const ann = world.visit();
    expect((await ann.signIn()).text).toContain('too large');
    expect([...ann.cookies]).toEqual([]);
  });
});

describe('a session cookie is nobody', () => {
  const changed: readonly [string, (value: string) => string][] = [
    ['cut short', (value) => value.slice(0, -3)],
    ['with a changed character', (value) => `${value.slice(0, 60)}${value[60] === 'A' ? 'B' : 'A'}${value.slice(61)}`],
    [
      'with another header',
      (value) => value.replace(/^[^.]+/, btoa('{"alg":"dir","enc":"A128GCM"}').replace(/=+$/, '')),
    ],
    ['that is a bare token', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['that is no token', () => 'x'],
  ];
  test.each(changed)('%s', async (_, change) => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    ann.cookies.delete('__Host-sts-renewal');
    ann.cookies.set(SESSION, change(ann.cookies.get(SESSION)!));
    world.events.length = 0;
    expect([await knows(ann), world.events]).toEqual([false, []]);
  });

  test('sealed under another key, and one under the previous key is its person', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    ann.cookies.delete('__Host-sts-renewal');
    const text = async (env: Record<string, string>) => {
      const cookie = `${SESSION}=${ann.cookies.get(SESSION)}`;
      return (await world.restart(env).request('/ui', { headers: { cookie } })).text;
    };
    expect(await text({ STS_KEY: OTHER_KEY })).not.toContain(ANN.sub);
    expect(await text({ STS_KEY: OTHER_KEY, STS_KEY_PREVIOUS: btoa('k'.repeat(32)) })).toContain(ANN.sub);
  });

  test('that was sealed for something else, or by its key for another purpose', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const renewal = ann.cookies.get('__Host-sts-renewal')!;
    ann.cookies.set(SESSION, renewal);
    ann.cookies.delete('__Host-sts-renewal');
    expect(await knows(ann)).toBe(false);
    const keyring = createKeyring(new Uint8Array(32).fill('k'.charCodeAt(0)));
    const token = await world.people.sign({ ...ANN, aud: 'page' });
    for (const [purpose, known] of [
      ['session', true],
      ['sign-in', false],
    ] as const) {
      const [key] = await keyring.browserKeys(purpose);
      const sealed = new EncryptJWT({ token, issuer: 'people' })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(Math.floor(world.clock.now / 1000) + 60);
      ann.cookies.set(SESSION, await sealed.encrypt(key));
      expect(await knows(ann)).toBe(known);
    }
  });

  test('by whose token the use cases are not convinced', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    await world.people.rotate();
    world.clock.advance(11 * 60_000);
    const page = await ann.get('/ui');
    expect([page.status, page.text.includes(ANN.email)]).toEqual([401, false]);
  });

  test('once its issuer is no way in any more', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const without = await createPageWorld({ policy: PAGE_POLICY.replace(/ {4}login: .*\n/, '') });
    const cookie = `${SESSION}=${ann.cookies.get(SESSION)}`;
    expect((await without.request('/ui', { headers: { cookie } })).text).not.toContain(ANN.sub);
  });

  test('for the API, which reads the Authorization header alone', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const handed = { 'cf-access-jwt-assertion': await world.accessToken() };
    for (const headers of [{}, handed]) {
      expect((await ann.get('/v1/whoami', headers)).body.reason).toBe('token_missing');
      expect((await ann.get('/v1/tokens', headers)).body.reason).toBe('token_missing');
    }
  });
});

describe('a form', () => {
  test.each([
    ['of another site', { origin: 'https://evil.example' }],
    ['of a page without an origin, such as one in a sandboxed frame', { origin: 'null' }],
    ['of the same host over http', { origin: 'http://sts.example.com' }],
    ['of another port', { origin: `${ORIGIN}:8443` }],
    ['of a host that only begins like ours', { origin: `${ORIGIN}.evil.example` }],
    ['of a neighbour', { origin: 'https://evil.sts.example.com' }],
    ['that names no origin', { origin: undefined }],
  ])('%s is refused, whatever else it knows', async (_, { origin }) => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const csrf = await ann.csrf();
    world.events.length = 0;
    const cookie = [...ann.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const reply = await world.request(`${ORIGIN}/ui/sign-out`, {
      method: 'POST',
      headers: { cookie, ...(origin === undefined ? {} : { origin }) },
      body: new URLSearchParams({ csrf }),
    });
    expect([reply.status, reply.headers.getSetCookie()]).toEqual([403, []]);
    expect(reply.headers.has('access-control-allow-origin')).toBe(false);
    expect(world.events.map(({ kind, outcome, reason }) => [kind, outcome, reason])).toEqual([
      ['session', 'refused', 'request_malformed'],
    ]);
    expect(await knows(ann)).toBe(true);
  });

  test('without the token of this very session is refused', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    world.signIn.faults = { claims: { sub: 'ben', email: 'ben@acme.example' } };
    const ben = await signedIn(world);
    for (const fields of [{}, { csrf: '' }, { csrf: (await ann.csrf()).slice(0, 8) }, { csrf: await ben.csrf() }]) {
      expect((await ann.post('/ui/sign-out', fields as Record<string, string>)).status).toBe(403);
    }
    expect((await ann.post('/ui/sign-out', { csrf: await ann.csrf() })).status).toBe(303);
  });

  test('of a session that has ended says so', async () => {
    const world = await createPageWorld();
    const page = await world.visit().post('/ui/sign-out', { csrf: 'x' });
    expect([page.status, page.text]).toEqual([401, expect.stringContaining('Your session has ended')]);
  });

  test.each([
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['text/plain', 'csrf=x', 415],
    ['application/x-www-form-urlencoded', 'x'.repeat(25_000), 413],
  ])('of the type %s', async (type, body, status) => {
    const world = await createPageWorld();
    const reply = await world.request(`${ORIGIN}/ui/sign-out`, {
      method: 'POST',
      headers: { origin: ORIGIN, 'content-type': type },
      body,
    });
    expect(reply.status).toBe(status);
  });

  test('is asked about by no browser on behalf of another site', async () => {
    const world = await createPageWorld();
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const reply = await world.request(`${ORIGIN}/ui/sign-out`, { method: 'OPTIONS', headers });
    expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(reply.status).not.toBe(204);
  });
});

test('every answer keeps other sites from framing it, scripts and styles from getting in, and caches from keeping it', async () => {
  const world = await createPageWorld();
  const ann = await signedIn(world);
  const answers = [
    await ann.get('/ui'),
    await ann.get('/ui/'),
    await ann.get('/ui/sign-in'),
    await ann.get('/ui/sign-in?signed_out'),
    await ann.get('/ui/callback/people'),
    await ann.get('/ui/nothing/here'),
    await ann.post('/ui/sign-out', {}),
  ];
  const nonces = new Set<string>();
  for (const { headers } of answers) {
    const csp = headers.get('content-security-policy')!;
    const nonce = /script-src 'nonce-([\w-]{22})'/.exec(csp)![1]!;
    nonces.add(nonce);
    expect(csp.split('; ')).toEqual([
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      'img-src data:',
      `form-action 'self' ${ACCESS}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      // "no-referrer" would have browsers send the origin "null" with our own forms.
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
    });
  }
  expect(nonces.size).toBe(answers.length);
});

describe('behind Cloudflare Access', () => {
  test('its header is the session, and signing out is its own', async () => {
    const world = await createPageWorld();
    const visitor = world.visit();
    const handed = { 'cf-access-jwt-assertion': await world.accessToken() };
    const page = await visitor.get('/ui', handed);
    expect([page.status, page.text]).toEqual([200, expect.stringContaining(ANN.email)]);
    expect(world.events.length).toBeGreaterThan(0);
    for (const event of world.events) expect(event).toMatchObject({ outcome: 'allowed', issuer: 'access' });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)![1]!;
    expect((await visitor.post('/ui/sign-out', { csrf }, { ...handed, origin: 'null' })).status).toBe(403);
    const out = await visitor.post('/ui/sign-out', { csrf }, handed);
    expect([out.status, out.headers.get('location')]).toEqual([303, '/cdn-cgi/access/logout']);
  });

  test('the header of a forger is refused by the use case, and one with a token of another issuer is not looked at', async () => {
    const world = await createPageWorld();
    const forged = (await world.accessToken()).replace(/[^.]{20}$/, 'A'.repeat(20));
    expect((await world.visit().get('/ui', { 'cf-access-jwt-assertion': forged })).status).toBe(401);
    world.events.length = 0;
    for (const token of [
      await world.ciToken(),
      await world.people.sign({ ...ANN, aud: 'page' }),
      await world.accessToken({ aud: 'b'.repeat(64) }),
      await world.accessToken({ iss: `${PEOPLE}/` }),
      'nonsense',
    ]) {
      const page = await world.visit().get('/ui', { 'cf-access-jwt-assertion': token });
      expect([page.status, page.text]).toEqual([200, expect.stringContaining('Sign in')]);
    }
    expect(world.events).toEqual([]);
  });

  test.each([
    ['no team of Access is trusted', /^ {2}access: .*\n/m, ''],
    ['its tokens are for single use', 'team: acme,', 'team: acme, single_use: true,'],
  ])('means nothing where %s', async (_, from, to) => {
    const rules = /^ {2}- name: guests-of-access\n[\s\S]*$/m;
    const policy = PAGE_POLICY.replace(from, to).replace(to === '' ? rules : /$^x/, '');
    const world = await createPageWorld({ policy });
    const page = await world.visit().get('/ui', { 'cf-access-jwt-assertion': await world.accessToken() });
    expect(page.text).not.toContain(ANN.email);
  });
});

describe('GET /', () => {
  const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const without = PAGE_POLICY.replace(/ {4}login: .*\n/, '');
  const access = /^ {2}access: .*\n/m;
  const rules = /^ {2}- name: guests-of-access\n[\s\S]*$/m;
  test.each([
    ['people sign in', PAGE_POLICY, '/ui'],
    ['Access is in front', without, '/ui'],
    ['nobody can sign in', without.replace(access, '').replace(rules, ''), '/docs'],
  ])('leads a browser on where %s, and is nothing to a program', async (_, policy, location) => {
    const world = await createPageWorld({ policy });
    const reply = await world.request('/', { headers: browser });
    expect([reply.status, reply.headers.get('location')]).toEqual([302, location]);
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }])
      expect((await world.request('/', { headers })).status).toBe(404);
  });
});
