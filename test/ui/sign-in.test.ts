// Signing in at the page and out of it: the journey to the issuer and back, what the browser keeps of it, and whom it lets in.

import { expect, test } from 'vitest';
import { ANN, createPageWorld, ORIGIN } from './visitor.ts';

test('a person signs in at the issuer and is known by its token', async () => {
  const world = await createPageWorld();
  const ann = world.visit();
  const departed = await ann.get('/ui/sign-in?issuer=people&next=/ui');
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
  expect(page.status).toBe(200);
  expect(page.text).toContain(ANN.sub);
  expect(world.events.map(({ kind, outcome, issuer }) => [kind, outcome, issuer])).toEqual([
    ['session', 'allowed', 'people'],
    ['whoami', 'allowed', 'people'],
  ]);
});
