// Signing in at the page and out of it: the journey to the issuer and back, what it may bring, and where it may lead.

import { describe, expect, test } from 'vitest';
import { ANN, createPageWorld, ORIGIN, PAGE_POLICY, type PageWorld } from './visitor.ts';

const OTHER = 'https://other.example.com';
/** The same person signs in elsewhere too. */
const TWO_ISSUERS = PAGE_POLICY.replace(
  'issuers:\n',
  `issuers:\n  other: { issuer: "${OTHER}", audience: page, login: { page: { client_id: page } } }\n`,
);
const START = '/ui/sign-in?issuer=people';

/** How the attempts to sign in ended. */
const sessions = (world: PageWorld) =>
  world.events.flatMap(({ kind, outcome, reason }) => (kind === 'session' ? [reason ?? outcome] : []));

describe('the journey', () => {
  test('leads to the issuer with PKCE, state and nonce, and back to a page that knows the person', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    const departed = await ann.get(`${START}&next=/ui`);
    const address = new URL(departed.headers.get('location')!);
    expect([departed.status, address.origin + address.pathname]).toEqual([302, 'https://people.example.com/authorize']);
    expect(Object.fromEntries(address.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'page',
      redirect_uri: `${ORIGIN}/ui/callback/people`,
      scope: 'openid email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const back = await ann.get(await ann.atIssuer(departed));
    expect([back.status, back.headers.get('location')]).toEqual([303, '/ui']);
    const page = await ann.get('/ui');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining(ANN.sub)]);
    expect(sessions(world)).toEqual(['allowed']);
    for (const event of world.events) expect(event).toMatchObject({ outcome: 'allowed', issuer: 'people' });
  });

  test('shows an access token where the policy says so, and proves by the ID token whose sign-in it is', async () => {
    const login = `login: { page: { client_id: page, client_secret: LOGIN_CLIENT_SECRET, audience: "${ORIGIN}" } }`;
    const world = await createPageWorld({ policy: PAGE_POLICY.replace(/login: .*\n/, `${login}\n`) });
    const ann = world.visit();
    const departed = await ann.get(START);
    expect(new URL(departed.headers.get('location')!).searchParams.get('audience')).toBe(ORIGIN);
    expect((await ann.get(await ann.atIssuer(departed))).status).toBe(303);
    world.signIn.faults = { claims: { nonce: 'planted' } };
    expect((await world.visit().signIn()).status).toBe(400);
    expect(sessions(world)).toEqual(['allowed', 'request_malformed']);
  });

  test('goes straight to the one issuer, and asks which one where there are several', async () => {
    const one = await createPageWorld();
    expect((await one.visit().get('/ui/sign-in')).headers.get('location')).toMatch(/^https:\/\/people\.example\.com\//);
    const two = await createPageWorld({ policy: TWO_ISSUERS });
    const page = await two.visit().get('/ui/sign-in?next=/ui/tokens');
    expect(page.status).toBe(200);
    for (const issuer of ['people', 'other'])
      expect(page.text).toContain(`/ui/sign-in?issuer=${issuer}&amp;next=%2Fui%2Ftokens`);
    expect((await two.visit().get('/ui/sign-in?issuer=nobody')).text).toContain('issuer=people');
  });

  test('asks the issuer where it is once, however many set out', async () => {
    const world = await createPageWorld();
    for (let count = 0; count < 5; count++) await world.visit().get(START);
    expect(world.calls).toEqual(['people.example.com']);
    const down = await createPageWorld();
    down.signIn.faults = { metadata: { issuer: OTHER } };
    for (let count = 0; count < 5; count++) {
      const page = await down.visit().get(START);
      expect([page.status, page.text]).toEqual([503, expect.stringContaining('names another issuer')]);
    }
    expect(down.calls).toEqual(['people.example.com']);
  });

  test.each([
    [{ metadata: { authorization_endpoint: 'javascript:alert(1)' } }],
    [{ metadata: { authorization_endpoint: 'http://people.example.com/authorize' } }],
    [{ metadata: { token_endpoint: undefined } }],
  ])('does not set out where the issuer says %j of itself', async (faults) => {
    const world = await createPageWorld();
    world.signIn.faults = faults;
    const page = await world.visit().get(START);
    expect([page.status, page.headers.get('location')]).toEqual([503, null]);
  });

  test('does not set out while the secret of the client is missing, and says which to the operator alone', async () => {
    const world = await createPageWorld({ env: { LOGIN_CLIENT_SECRET: undefined } });
    const page = await world.visit().get(START);
    expect(page.status).toBe(503);
    expect(page.text).not.toContain('LOGIN_CLIENT_SECRET');
    expect(world.alarms).toContainEqual({ name: 'misconfigured', facts: { setting: 'LOGIN_CLIENT_SECRET' } });
    expect((await world.vend(await world.ciToken())).status).toBe(201);
  });
});

describe('an answer of the issuer is not accepted', () => {
  test.each([
    ['of another issuer (RFC 9207)', { callback: { iss: OTHER } }, 400, 'request_malformed'],
    ['that does not name its issuer', { callback: { iss: null } }, 400, 'request_malformed'],
    ['of another sign-in', { callback: { state: 'x'.repeat(43) } }, 400, 'request_malformed'],
    ['without a state', { callback: { state: null } }, 400, 'request_malformed'],
    ['with an injected code', { callback: { code: 'stolen' } }, 401, 'token_missing'],
    ['with a token of another sign-in', { claims: { nonce: 'planted' } }, 400, 'request_malformed'],
    ['with a token without nonce', { claims: { nonce: undefined } }, 400, 'request_malformed'],
    ['with a token for another client', { claims: { aud: 'else' } }, 400, 'request_malformed'],
    ['with a token that has expired', { claims: { exp: 1 } }, 400, 'request_malformed'],
    ['when the person said no', { callback: { code: null, error: 'access_denied' } }, 401, 'token_missing'],
    ['when the issuer fails', { token: 'server_error' }, 503, 'keys_unavailable'],
    ['that tries to say more', { callback: { code: null, error: '<script>' } }, 401, 'token_missing'],
  ])('%s', async (_, faults, status, reason) => {
    const world = await createPageWorld();
    const ann = world.visit();
    world.signIn.faults = faults;
    const page = await ann.signIn();
    expect(page.status).toBe(status);
    expect(page.text).toContain('You are not signed in');
    expect(page.text).not.toContain('<script>');
    expect([...ann.cookies]).toEqual([]);
    expect(sessions(world)).toEqual([reason]);
  });

  test('in a browser that has not begun the sign-in: nobody is signed in as somebody else', async () => {
    const world = await createPageWorld();
    const [attacker, victim] = [world.visit(), world.visit()];
    const theirs = await attacker.atIssuer(await attacker.get(START));
    expect((await victim.get(theirs)).status).toBe(400);
    await victim.get(START);
    expect((await victim.get(theirs)).status).toBe(400);
    expect([...victim.cookies]).toEqual([]);
    expect(sessions(world)).toEqual(['request_malformed', 'request_malformed']);
  });

  test('with a stolen code, even where the issuer looks at no PKCE', async () => {
    const world = await createPageWorld();
    const [victim, thief] = [world.visit(), world.visit()];
    for (const [withoutPkce, status] of [
      [false, 401],
      [true, 400],
    ] as const) {
      world.signIn.faults = { withoutPkce };
      const stolen = new URL(await victim.atIssuer(await victim.get(START))).searchParams.get('code')!;
      const own = new URL(await thief.atIssuer(await thief.get(START)));
      own.searchParams.set('code', stolen);
      expect((await thief.get(own.href)).status).toBe(status);
    }
    expect([...thief.cookies]).toEqual([]);
  });

  test('a second time', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    const back = await ann.atIssuer(await ann.get(START));
    const before = new Map(ann.cookies);
    expect((await ann.get(back)).status).toBe(303);
    expect((await ann.get(back)).status).toBe(400);
    // Nor where the cookie of the journey was kept: the code has been used.
    for (const [name, value] of before) ann.cookies.set(name, value);
    expect((await ann.get(back)).status).toBe(401);
  });

  test('eleven minutes after the sign-in was begun', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    const back = await ann.atIssuer(await ann.get(START));
    world.clock.advance(11 * 60_000);
    expect((await ann.get(back)).status).toBe(400);
  });

  test('at the address of another issuer: a mix-up of two', async () => {
    const world = await createPageWorld({ policy: TWO_ISSUERS });
    const ann = world.visit();
    const back = await ann.atIssuer(await ann.get(START));
    const page = await ann.get(back.replace('/callback/people', '/callback/other'));
    expect([page.status, [...ann.cookies]]).toEqual([400, []]);
  });

  test('when its token is one of another entry of the policy', async () => {
    const policy = PAGE_POLICY.replace('audience: [page, ', 'audience: [page, else, ').replace(
      'issuers:\n',
      'issuers:\n  cluster: { issuer: "https://people.example.com", audience: cluster, single_use: true }\n',
    );
    const login =
      'login: { page: { client_id: page, client_secret: LOGIN_CLIENT_SECRET, token: access, audience: else } }';
    const world = await createPageWorld({ policy: policy.replace(/login: .*\n/, `${login}\n`) });
    const sign = world.people.sign;
    world.people.sign = (claims, options) =>
      sign(claims.used_as === 'access token' ? { ...claims, aud: 'cluster' } : claims, options);
    const page = await world.visit().signIn();
    expect([page.status, page.text]).toEqual([401, expect.stringContaining('&quot;cluster&quot;')]);
    expect(sessions(world)).toEqual(['claim_invalid']);
  });
});

describe('where the journey ends', () => {
  test.each(['/ui', '/ui/tokens', '/ui/tokens?instance=main', '/ui/?x=1'])('on the page %s', async (next) => {
    const ann = (await createPageWorld()).visit();
    const back = await ann.get(await ann.atIssuer(await ann.get(`${START}&next=${encodeURIComponent(next)}`)));
    expect(back.headers.get('location')).toBe(next);
  });

  test.each([
    'https://evil.example/ui',
    '//evil.example/ui',
    '/\\evil.example/ui',
    '\\\\evil.example/ui',
    '/ui/..//evil.example',
    '/ui/%2e%2e//evil.example',
    '/ui//evil.example',
    '/ui\\..\\..\\evil',
    '/ui/../v1/tokens',
    '/ui@evil.example',
    '/ui.evil.example',
    '/uix',
    'ui',
    ' /ui/x',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/ui/sign-in?issuer=people',
    '/ui/renew',
    '/ui/callback/people?code=x',
    `/ui/${'x'.repeat(2_000)}`,
  ])('on the first page, not at %j', async (next) => {
    const ann = (await createPageWorld()).visit();
    const back = await ann.get(await ann.atIssuer(await ann.get(`${START}&next=${encodeURIComponent(next)}`)));
    expect(back.headers.get('location')).toBe('/ui');
  });
});

describe('signing out', () => {
  test('forgets everything, and does not sign the person in again', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    await ann.signIn();
    const out = await ann.post('/ui/sign-out', { csrf: await ann.csrf() });
    expect([out.status, out.headers.get('location'), [...ann.cookies]]).toEqual([303, '/ui/sign-in?signed_out', []]);
    const page = await ann.get('/ui/sign-in?signed_out');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('You are signed out')]);
    expect((await ann.get('/ui')).text).not.toContain(ANN.sub);
  });

  test('takes more than a visit of an address', async () => {
    const ann = (await createPageWorld()).visit();
    await ann.signIn();
    await ann.get('/ui/sign-out');
    expect((await ann.get('/ui')).text).toContain(ANN.sub);
  });
});

describe('a session that has ended', () => {
  test('is renewed without a word, for eight hours from the sign-in at most', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    await ann.signIn();
    world.clock.advance(3_601_000);
    ann.cookies.delete('__Host-sts-session');
    const renewing = await ann.get('/ui?x=1');
    expect(renewing.headers.get('location')).toBe('/ui/renew?next=%2Fui%3Fx%3D1');
    const departed = await ann.get(renewing.headers.get('location')!);
    expect(new URL(departed.headers.get('location')!).searchParams.get('prompt')).toBe('none');
    expect(departed.headers.get('location')).not.toMatch(/eyJ[\w-]*\.[\w-]+\./);
    const back = await ann.get(await ann.atIssuer(departed));
    expect([back.status, back.headers.get('location')]).toEqual([303, '/ui?x=1']);
    expect((await ann.get('/ui')).text).toContain(ANN.sub);
    world.clock.advance(7 * 3_600_000);
    const over = await ann.get('/ui/renew');
    expect(over.headers.get('location')).toBe('/ui/sign-in?next=%2Fui');
  });

  test('asks for a sign-in where the issuer wants to see the person', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    await ann.signIn();
    world.signIn.faults = { stranger: true };
    const back = await ann.get(await ann.atIssuer(await ann.get('/ui/renew?next=/ui/tokens')));
    expect(back.headers.get('location')).toBe('/ui/sign-in?issuer=people&next=%2Fui%2Ftokens');
    expect(ann.cookies.has('__Host-sts-renewal')).toBe(false);
  });

  test('is not renewed for somebody else who is signed in at the issuer by now', async () => {
    const world = await createPageWorld();
    const ann = world.visit();
    await ann.signIn();
    world.signIn.faults = { claims: { sub: 'ben', email: 'ben@acme.example' } };
    const back = await ann.get(await ann.atIssuer(await ann.get('/ui/renew')));
    expect(back.headers.get('location')).toBe('/ui/sign-in?next=%2Fui');
    expect((await ann.get('/ui')).text).toContain(ANN.sub);
  });
});
