// Class "Token structure and keys": genuine tokens of the trusted issuer that are no proof of who asks - other kinds of token, tokens that
// are bound to a key, and tokens that a key signed which serves another issuer or another algorithm.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { createSigningKey } from '../emulator/issuer.ts';
import type { World } from '../world.ts';
import { type Attack, backendPolicy, type Forge, itAccepts, itRefuses, type Neighbour, tenantToken } from './attack.ts';

const typed =
  (typ: string | undefined, claims: Record<string, unknown> = {}): Forge =>
  (world) =>
    tenantToken(world, claims, { header: { typ } });
const claiming = (claims: Record<string, unknown>) => typed('JWT', claims);

/** IANA's media types for JWTs, and some that drafts and products use. */
const OTHER_KINDS = [
  'logout+jwt',
  'LOGOUT+JWT',
  'application/logout+jwt',
  'Application/Logout+JWT',
  'secevent+jwt',
  'dpop+jwt',
  'entity-statement+jwt',
  'trust-mark+jwt',
  'resolve-response+jwt',
  'token-introspection+jwt',
  'oauth-authz-req+jwt',
  'oauth-id-jag+jwt',
  'client-authentication+jwt',
  'jwt-bearer+jwt',
  'kb+jwt',
  'vc+jwt',
  'vp+jwt',
  'dc+sd-jwt',
  'sd-jwt',
  'statuslist+jwt',
  'key-attestation+jwt',
  'openid4vci-proof+jwt',
  'wit+jwt',
  'wpt+jwt',
  'txn_token',
  'provider-configuration+jwt',
  'rt+jwt',
  'passport',
  'JWE',
  'JWS',
  'jose+json',
  'text/jwt',
  'JWT ',
  'JWT;x=1',
  '',
];

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const SENDER_BOUND: readonly (readonly [string, unknown])[] = [
  ['by DPoP', { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }],
  ['by a certificate', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
  ['by a key', { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' } }],
  ['by the id of a key', { kid: 'k' }],
  ['by nothing that is named', {}],
  ['by null', null],
];

describe('another kind of token', () => {
  itRefuses([
    ...OTHER_KINDS.map((typ): Attack => [`a token of type "${typ}"`, 'token_malformed', typed(typ)]),
    ['a security event that says no type', 'claim_invalid', typed(undefined, { events: EVENTS })],
    ['a security event that calls itself a JWT', 'claim_invalid', claiming({ events: EVENTS })],
    ['events that are no object', 'claim_invalid', claiming({ events: null })],
    ['an access token with events', 'claim_invalid', typed('at+jwt', { events: EVENTS })],
    ['a logout token of its type', 'token_malformed', typed('logout+jwt', { events: EVENTS })],
  ]);
  itAccepts([
    ['a JWT', typed('JWT')],
    ['a JWT in lower case', typed('jwt')],
    ['a JWT as a whole media type', typed('application/jwt')],
    ['a token without type', typed(undefined)],
    ['an access token (RFC 9068)', typed('at+jwt')],
    ['an access token as a whole media type', typed('application/at+jwt')],
    ['a token of type JOSE, as SPIFFE has it', typed('JOSE')],
    ['a claim that only sounds like events', claiming({ event: 'push', event_name: 'push' })],
  ]);
});

describe('the kind of token that an entry asks for', () => {
  const policy = backendPolicy('typ: secevent+jwt');
  itAccepts([['that kind, events and all', typed('secevent+jwt', { events: EVENTS })]], { policy });
  itRefuses(
    [
      ['a plain token', 'token_malformed', typed('JWT')],
      ['a token without type', 'token_malformed', typed(undefined)],
      ['another kind', 'token_malformed', typed('logout+jwt')],
    ],
    { policy },
  );
  itRefuses([['a security event where a plain type is asked for', 'claim_invalid', typed('JWT', { events: EVENTS })]], {
    policy: backendPolicy('typ: JWT'),
  });
});

describe('a token that is bound to a key', () => {
  itRefuses(SENDER_BOUND.map(([how, cnf]): Attack => [`a token bound ${how}`, 'claim_invalid', claiming({ cnf })]));
  itAccepts(
    SENDER_BOUND.map(([how, cnf]): Neighbour => [`a token bound ${how} where the entry takes it`, claiming({ cnf })]),
    { policy: backendPolicy('bound_tokens: as_bearer') },
  );
  itRefuses([['a token bound by DPoP where the entry says so', 'claim_invalid', claiming({ cnf: { jkt: 'x' } })]], {
    policy: backendPolicy('bound_tokens: refuse'),
  });
});

const ALG_LESS = { alg: undefined };
/** Publishes the issuer's keys with members changed, and signs with the first. */
const published =
  (
    members: Record<string, unknown>,
    alg: string | undefined = undefined,
    claims: Record<string, unknown> = {},
  ): Forge =>
  (world: World) => {
    const { publicJwk } = world.backend.keys[0]!;
    world.backend.answer.jwks = () => Response.json({ keys: [{ ...publicJwk, ...members }] });
    return tenantToken(world, claims, alg === undefined ? {} : { header: { alg } });
  };

describe('a key serves one algorithm (RFC 8725bis)', () => {
  const policy = backendPolicy('algorithms: [RS256, PS256, RS512, ES256]');
  itRefuses(
    [
      ['RS256 under a key that does not say which', 'algorithm_refused', published(ALG_LESS, 'RS256')],
      ['PS256 under a key that does not say which', 'algorithm_refused', published(ALG_LESS, 'PS256')],
      ['PS256 under a key for RS256', 'algorithm_refused', published({ alg: 'RS256' }, 'PS256')],
      ['RS512 under a key for RS256', 'algorithm_refused', published({ alg: 'RS256' }, 'RS512')],
      ['RS256 under a key for encryption', 'algorithm_refused', published({ alg: 'RSA-OAEP' }, 'RS256')],
    ],
    { policy },
  );
  itAccepts(
    [
      ['RS256 under a key for RS256', published({ alg: 'RS256' }, 'RS256')],
      ['PS256 under a key for PS256', published({ alg: 'PS256' }, 'PS256')],
    ],
    { policy },
  );
  itAccepts([['RS256 under a key that says nothing, where nothing else fits', published(ALG_LESS, 'RS256')]], {
    policy: backendPolicy('algorithms: [RS256, ES256, EdDSA, RS256]'),
  });

  const given = (algorithms: string, alg: string) =>
    backendPolicy(
      `algorithms: [${algorithms}], jwks: { keys: [{ kty: RSA, e: AQAB, ${alg}n: "${Buffer.alloc(256, 0xff).toString('base64url')}" }] }`,
    );
  test.each([
    ['RS256, PS256', '', 'a key without "alg" fits several of RS256, PS256, and a key serves one algorithm'],
    [
      'PS384, ES256, RS384',
      '',
      'a key without "alg" fits several of PS384, ES256, RS384, and a key serves one algorithm',
    ],
    ['ES256, EdDSA', '', 'no key of the set can be used'],
  ])('so that keys given for %s %smust say theirs', async (algorithms, alg, message) => {
    const { findings } = await compilePolicy(given(algorithms, alg), { development: false });
    expect(findings.filter(({ severity }) => severity === 'error').map((finding) => finding.message)).toEqual([
      message,
    ]);
  });
  test.each([
    ['RS256, ES256', ''],
    ['RS256, PS256', 'alg: PS256, '],
  ])('and keys given for %s %sbuild', async (algorithms, alg) => {
    const { findings } = await compilePolicy(given(algorithms, alg), { development: false });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('a key that names its issuer signs for that one alone', () => {
  const iss = 'https://login.example.com/';
  itRefuses([
    ["a key of another tenant's", 'signature_invalid', published({ issuer: 'https://login.example.com/other/v2.0' })],
    ['a key of an issuer that differs by a slash', 'signature_invalid', published({ issuer: iss.slice(0, -1) })],
    [
      'a key for the tenant of the token, which is not the issuer',
      'signature_invalid',
      published({ issuer: `${iss}{tenantid}` }, undefined, { tid: 'mine' }),
    ],
    ['a key for any tenant, by a token without tenant', 'signature_invalid', published({ issuer: '{tenantid}' })],
    [
      'a key for any tenant, by a token whose tenant is a list',
      'signature_invalid',
      published({ issuer: '{tenantid}' }, undefined, { tid: [iss] }),
    ],
  ]);
  itAccepts([
    ['a key of this issuer', published({ issuer: iss })],
    ['a key whose issuer is null', published({ issuer: null })],
    [
      'a key for the tenant that makes this issuer',
      published({ issuer: 'https://login.{tenantid}/' }, undefined, { tid: 'example.com' }),
    ],
    [
      "a key of this issuer beside another's of the same id",
      async (world) => {
        const { publicJwk, kid } = world.backend.keys[0]!;
        const other = await createSigningKey('RS256', kid);
        world.backend.answer.jwks = () =>
          Response.json({
            keys: [
              { ...other.publicJwk, issuer: `${iss}other` },
              { ...publicJwk, issuer: iss },
            ],
          });
        return tenantToken(world);
      },
    ],
  ]);
});
