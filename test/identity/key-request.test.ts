// The requests by which keys are fetched: what they accept, and that they say whose they are.

import { expect, test } from 'vitest';
import { createKeySource } from '../../src/identity/key-source.ts';
import type { TrustedIssuer } from '../../src/identity/trusted-issuer.ts';

const ISSUER = { name: 'it', iss: 'https://login.example.com', algorithms: ['RS256'], jwksHosts: [] };

test('discovery and key set are asked for by every type that they come as, and by name', async () => {
  const asked: (readonly [string, string | null, string | null])[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const { headers } = new Request(url, init);
    asked.push([url, headers.get('accept'), headers.get('user-agent')]);
    return Response.json({ issuer: ISSUER.iss, jwks_uri: `${ISSUER.iss}/keys` });
  };
  const runtime = {
    fetch,
    now: () => 0,
    random: (size: number) => new Uint8Array(size),
    waitUntil: () => {},
    after: () => () => {},
    alarm: () => {},
  };
  await createKeySource(ISSUER as unknown as TrustedIssuer, runtime, { development: false }).whyNotReady();
  const accept = 'application/json, application/jwk-set+json, */*;q=0.1';
  const name = expect.stringMatching(/^influx-sts\/\d/);
  expect(asked).toEqual([
    [`${ISSUER.iss}/.well-known/openid-configuration`, accept, name],
    [`${ISSUER.iss}/keys`, accept, name],
  ]);
});
