// Class "Issuer and key set": who is trusted, byte by byte, and whose keys count for whom. What an issuer may answer is in
// `key-answers.test.ts`, how its keys are kept over time in `issuer-outage.test.ts`.

import { describe } from 'vitest';
import { createIssuer, createSigningKey } from '../emulator/issuer.ts';
import { AUDIENCE, BACKEND, GITHUB } from '../world.ts';
import { type Attack, type Forge, itAccepts, itRefuses, tenantClaims, tenantToken } from './attack.ts';

const from =
  (iss: string): Forge =>
  (world) =>
    tenantToken(world, { iss });

const LOOK_ALIKES = {
  'no trailing slash': 'https://login.example.com',
  'a double slash': 'https://login.example.com//',
  'a capital': 'https://Login.example.com/',
  'a scheme in capitals': 'HTTPS://login.example.com/',
  'plain http': 'http://login.example.com/',
  'the default port': 'https://login.example.com:443/',
  'another port': 'https://login.example.com:8443/',
  'an empty port': 'https://login.example.com:/',
  'user information': 'https://user@login.example.com/',
  'the trusted host as user information': 'https://login.example.com@evil.example/',
  'the trusted host behind a backslash': 'https://evil.example\\@login.example.com/',
  'an empty query': 'https://login.example.com/?',
  'a query': 'https://login.example.com/?x=1',
  'an empty fragment': 'https://login.example.com/#',
  'a fragment': 'https://login.example.com/#x',
  'a path': 'https://login.example.com/tenant',
  'a dot segment': 'https://login.example.com/./',
  'a parent segment': 'https://login.example.com/x/../',
  'a trailing dot in the host': 'https://login.example.com./',
  'a percent-encoded letter': 'https://login.ex%61mple.com/',
  'a longer host': 'https://login.example.com.evil.example/',
  'a host before it': 'https://evil-login.example.com/',
  'a Cyrillic letter': 'https://lоgin.example.com/',
  'its punycode': 'https://xn--lgin-vqe.example.com/',
  'full-width letters': 'https://ｌogin.example.com/',
  'an ideographic full stop': 'https://login。example.com/',
  'a leading blank': ' https://login.example.com/',
  'a trailing blank': 'https://login.example.com/ ',
  'a line break': 'https://login.example.com/\n',
  'a NUL': 'https://login.example.com/\u0000',
  'a zero-width space': 'https://login.example.com/\u200b',
  'no text': '',
  'a name of every object': '__proto__',
  'another name of every object': 'constructor',
  'the name of the entry': 'backend',
  'GitHub with a trailing slash': `${GITHUB}/`,
  'GitHub with an enterprise': `${GITHUB}/acme`,
};

describe('an issuer that is not trusted', () => {
  itRefuses([
    ...Object.entries(LOOK_ALIKES).map(
      ([name, iss]): Attack => [`a good signature under ${name}`, 'issuer_untrusted', from(iss)],
    ),
    [
      'a stranger with keys of its own',
      'issuer_untrusted',
      async (world) => {
        const stranger = await createIssuer({ iss: 'https://evil.example', now: () => world.clock.now });
        return stranger.sign({ ...tenantClaims(world), iss: stranger.iss });
      },
    ],
    [
      'an issuer named in the header alone',
      'issuer_untrusted',
      (world) => world.backend.sign({ aud: AUDIENCE, tenant: 'a' }, { header: { iss: BACKEND }, omit: ['iss'] }),
    ],
  ]);
  itAccepts([['the issuer byte by byte', from(BACKEND)]]);
});

describe('the key of one issuer', () => {
  itRefuses([
    [
      'a token of GitHub signed by the backend',
      'signature_invalid',
      (world) => tenantToken(world, { iss: GITHUB, repository_id: '123456' }),
    ],
    ['a token of the backend signed by GitHub', 'signature_invalid', (world) => world.github.sign(tenantClaims(world))],
    [
      'a token of the backend signed by GitHub under a kid that both have',
      'signature_invalid',
      async (world) => {
        const key = await createSigningKey('RS256', world.backend.keys[0]!.kid);
        world.github.answer.jwks = () => Response.json({ keys: [key.publicJwk] });
        return tenantToken(world, {}, { key });
      },
    ],
  ]);
});
