// Class "Token structure and keys", first half: the form that a subject token may have, apart from its signature. Keys and signatures are
// in `token-keys.test.ts`.

import { CompactEncrypt, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { createWorld, expectRefusal, type World } from '../world.ts';
import {
  type Attack,
  type Forge,
  itAccepts,
  itRefuses,
  type Neighbour,
  rawToken,
  tenantClaims,
  tenantToken,
  withHeaderText,
} from './attack.ts';

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
const headed =
  (header: Record<string, unknown>): Forge =>
  (world) =>
    tenantToken(world, {}, { header });
const respelt =
  (change: (parts: [string, string, string], world: World) => string | Promise<string>): Forge =>
  async (world) =>
    change((await tenantToken(world)).split('.') as [string, string, string], world);
const unsigned =
  (alg: unknown): Forge =>
  (world) =>
    `${encode(JSON.stringify({ alg }))}.${encode(JSON.stringify(tenantClaims(world)))}.`;

/** Another spelling of the same bytes: the unused trailing bits of base64 are set. */
function withTrailingBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) + 1];
}
/** Claims whose JSON has a length that leaves unused bits in its base64url. */
async function withSpareBits(world: World): Promise<[string, string, string]> {
  for (let padding = ''; ; padding += ' ') {
    const header = `${JSON.stringify({ alg: 'RS256', kid: world.backend.keys[0]!.kid })}${padding}`;
    const token = await rawToken(world, { header, payload: `${JSON.stringify(tenantClaims(world))}${padding}` });
    const parts = token.split('.') as [string, string, string];
    if (parts[0].length % 4 !== 0 && parts[1].length % 4 !== 0) return parts;
  }
}

/** A token filled up to an exact length by a claim of no meaning. */
async function tokenOfLength(world: World, length: number): Promise<string> {
  const grow = (size: number) => rawToken(world, { payload: { ...tenantClaims(world), filler: 'x'.repeat(size) } });
  const empty = (await grow(0)).length;
  let size = Math.floor(((length - empty) * 3) / 4);
  let token = await grow(size);
  while (token.length < length) token = await grow(++size);
  expect(token).toHaveLength(length);
  return token;
}
/** A header filled up to an exact encoded length. */
const headerOfLength =
  (length: number): Forge =>
  (world) =>
    rawToken(world, {
      header: JSON.stringify({ alg: 'RS256', kid: world.backend.keys[0]!.kid }).padEnd((length / 4) * 3, ' '),
    });

const unsecured: readonly Attack[] = [
  ...['none', 'None', 'NONE', 'nOnE'].flatMap((alg): Attack[] => [
    [`alg "${alg}" with an empty signature`, 'token_malformed', unsigned(alg)],
    [`alg "${alg}" with a stray signature`, 'token_malformed', async (world) => `${await unsigned(alg)(world)}AAAA`],
    [`alg "${alg}" under a good signature`, 'token_malformed', headed({ alg })],
  ]),
  ['a good token cut of its signature', 'token_malformed', respelt(([header, claims]) => `${header}.${claims}.`)],
  ['no alg', 'token_malformed', headed({ alg: undefined })],
  ['an empty alg', 'token_malformed', headed({ alg: '' })],
  ['alg null', 'token_malformed', headed({ alg: null })],
  ['a list as alg', 'token_malformed', headed({ alg: ['RS256'] })],
  [
    'an alg that only the prototype has',
    'token_malformed',
    withHeaderText((kid) => `{"__proto__":{"alg":"RS256"},"kid":"${kid}"}`),
  ],
];

const parameters: readonly Attack[] = [
  ['crit with an unknown extension', 'token_malformed', headed({ crit: ['urn:example:x'], 'urn:example:x': true })],
  ['crit that names b64', 'token_malformed', headed({ crit: ['b64'], b64: true })],
  ['an empty crit', 'token_malformed', headed({ crit: [] })],
  ['crit null', 'token_malformed', headed({ crit: null })],
  ['b64 false', 'token_malformed', headed({ b64: false })],
  ['b64 true', 'token_malformed', headed({ b64: true })],
  ['zip', 'token_malformed', headed({ zip: 'DEF' })],
  ['jku', 'token_malformed', headed({ jku: 'https://evil.example/jwks' })],
  ['jku on the issuer itself', 'token_malformed', headed({ jku: 'https://login.example.com/.well-known/jwks' })],
  ['x5u', 'token_malformed', headed({ x5u: 'https://evil.example/cert.pem' })],
  ['x5c', 'token_malformed', headed({ x5c: ['MIIB'] })],
  ['x5c null', 'token_malformed', headed({ x5c: null })],
  [
    'jwk with the very key of the issuer',
    'token_malformed',
    (world) => headed({ jwk: world.backend.keys[0]!.publicJwk })(world),
  ],
  ['alg spelt with an escape', 'token_malformed', withHeaderText((kid) => `{"\\u0061lg":"RS256","kid":"${kid}"}`)],
  [
    'a parameter of no meaning spelt with an escape',
    'token_malformed',
    withHeaderText((kid) => `{"alg":"RS256","kid":"${kid}","crit\\u005f":1}`),
  ],
  [
    'a parameter deep inside spelt with an escape',
    'token_malformed',
    withHeaderText((kid) => `{"alg":"RS256","kid":"${kid}","x":[{"a\\/b":1}]}`),
  ],
  [
    'jku spelt with an escape',
    'token_malformed',
    withHeaderText((kid) => `{"alg":"RS256","kid":"${kid}","\\u006aku":"https://evil.example"}`),
  ],
  ['a number as kid', 'token_malformed', headed({ kid: 1 })],
  ['kid null', 'token_malformed', headed({ kid: null })],
  ['a list as kid', 'token_malformed', (world) => headed({ kid: [world.backend.keys[0]!.kid] })(world)],
  ['an object as kid', 'token_malformed', headed({ kid: { toString: 'x' } })],
  ['true as kid', 'token_malformed', headed({ kid: true })],
  ['an empty kid', 'token_malformed', headed({ kid: '' })],
  ['a kid of 257 characters', 'token_malformed', headed({ kid: 'k'.repeat(257) })],
  ['a number as typ', 'token_malformed', headed({ typ: 1 })],
  ['typ null', 'token_malformed', headed({ typ: null })],
];

const structure: readonly Attack[] = [
  ['one part', 'token_malformed', () => 'e30'],
  ['two parts', 'token_malformed', respelt(([header, claims]) => `${header}.${claims}`)],
  ['four parts', 'token_malformed', respelt((parts) => `${parts.join('.')}.${parts[2]}`)],
  ['a token behind a dot', 'token_malformed', respelt((parts) => `.${parts.join('.')}`)],
  ['a token before a dot', 'token_malformed', respelt((parts) => `${parts.join('.')}.`)],
  ['an empty header', 'token_malformed', respelt(([, claims, signature]) => `.${claims}.${signature}`)],
  [
    'an empty payload (detached content)',
    'token_malformed',
    respelt(([header, , signature]) => `${header}..${signature}`),
  ],
  ['dots alone', 'token_malformed', () => '..'],
  [
    'an encrypted token (JWE)',
    'token_malformed',
    async (world) => {
      const { kty, n, e } = world.backend.keys[0]!.publicJwk;
      const key = await importJWK({ kty, n: n!, e: e! } as never, 'RSA-OAEP-256');
      const claims = new TextEncoder().encode(JSON.stringify(tenantClaims(world)));
      return new CompactEncrypt(claims).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' }).encrypt(key);
    },
  ],
  ['five parts of which three are good', 'token_malformed', respelt((parts) => `${parts.join('.')}.AAAA.AAAA`)],
  [
    'the flattened JSON serialisation',
    'token_malformed',
    respelt(([header, payload, signature]) => JSON.stringify({ protected: header, payload, signature })),
  ],
  [
    'the general JSON serialisation',
    'token_malformed',
    respelt(([header, payload, signature]) =>
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    ),
  ],
  ['two tokens in one header', 'token_malformed', respelt((parts) => `${parts.join('.')}, ${parts.join('.')}`)],
  ['a token after a second "Bearer"', 'token_malformed', respelt((parts) => `Bearer ${parts.join('.')}`)],
  ['a quoted token', 'token_malformed', respelt((parts) => `"${parts.join('.')}"`)],
  ['a blank inside', 'token_malformed', respelt(([header, claims, signature]) => `${header}. ${claims}.${signature}`)],
  ['padding', 'token_malformed', respelt((parts) => `${parts.join('.')}==`)],
  [
    'padding of the header',
    'token_malformed',
    respelt(([header, claims, signature]) => `${header}=.${claims}.${signature}`),
  ],
  ['percent-encoded padding', 'token_malformed', respelt((parts) => `${parts.join('.')}%3D`)],
  ['the plain base64 alphabet', 'token_malformed', respelt(([header, claims]) => `${header}.${claims}.++//`)],
  ['a lone last character', 'token_malformed', respelt(([header, claims]) => `${header}.${claims}.AAAAA`)],
  [
    'trailing bits in the header',
    'token_malformed',
    async (world) => {
      const [header, claims, signature] = await withSpareBits(world);
      return `${withTrailingBits(header)}.${claims}.${signature}`;
    },
  ],
  [
    'trailing bits in the payload',
    'token_malformed',
    async (world) => {
      const [header, claims, signature] = await withSpareBits(world);
      return `${header}.${withTrailingBits(claims)}.${signature}`;
    },
  ],
  [
    'trailing bits in the signature',
    'token_malformed',
    respelt(([header, claims, signature]) => `${header}.${claims}.${withTrailingBits(signature)}`),
  ],
  ['a token of 16,385 characters', 'token_malformed', async (world) => `${await tokenOfLength(world, 16_384)}A`],
  ['a megabyte', 'token_malformed', () => `e30.${'A'.repeat(1_048_576)}.AAAA`],
  ['a header of 2,052 characters', 'token_malformed', headerOfLength(2_052)],
];

const neighbours: readonly Neighbour[] = [
  ['the token that these depart from', (world) => tenantToken(world)],
  ['a typ where the issuer asks for none', headed({ typ: 'at+jwt' })],
  ['no typ where the issuer asks for none', headed({ typ: undefined })],
  [
    'a kid and a typ spelt with escapes',
    withHeaderText((kid) => `{"alg":"\\u0052S256","kid":"${kid}","typ":"application\\/jwt"}`),
  ],
  ['a header parameter that changes nothing', headed({ x5t: 'abc', cty: 'text' })],
  ['a token of 16,384 characters', (world) => tokenOfLength(world, 16_384)],
  ['a header of 2,048 characters', headerOfLength(2_048)],
];

describe('an unsecured token', () => itRefuses(unsecured));
describe('header parameters', () => itRefuses(parameters));
describe('the compact serialisation', () => itRefuses(structure));
describe('one step away from a malformed token', () => itAccepts(neighbours));

describe('the header typ that an issuer asks for', () => {
  const typed =
    (typ: unknown): Forge =>
    async (world) => {
      const { kid } = world.github.keys[0]!;
      const claims = JSON.parse(Buffer.from((await world.ciToken()).split('.')[1]!, 'base64url').toString());
      return world.github.signRaw({ alg: 'RS256', kid, typ }, claims);
    };
  itRefuses([
    ['no typ', 'token_malformed', typed(undefined)],
    ['an empty typ', 'token_malformed', typed('')],
    ['an access token', 'token_malformed', typed('at+jwt')],
    ['a DPoP proof', 'token_malformed', typed('dpop+jwt')],
    ['an encrypted token by typ', 'token_malformed', typed('JWE')],
    ['a typ with a trailing blank', 'token_malformed', typed('JWT ')],
    ['a typ with a parameter', 'token_malformed', typed('JWT;x=1')],
    ['a typ of another top-level type', 'token_malformed', typed('text/JWT')],
  ]);
  itAccepts([
    ['the typ itself', typed('JWT')],
    ['the typ in lower case (RFC 7515 section 4.1.9)', typed('jwt')],
    ['the typ as a whole media type', typed('application/JWT')],
  ]);
});

describe('the credential', () => {
  it.each([
    ['an empty Bearer', 'Bearer '],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['a scheme that only begins like Bearer', 'Bearerx e30.e30.AAAA'],
    ['no header at all', undefined],
  ])('rejects %s as token_missing', async (_name, authorization) => {
    const world = await createWorld();
    const headers = authorization === undefined ? {} : { authorization };
    const reply = await world.request('/v1/tokens', { method: 'POST', headers });
    expectRefusal(world, reply, 401, 'token_missing');
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="influx-sts"');
    expect(world.calls).toEqual([]);
  });

  it('never takes a good token from the query, a cookie or a proxy header', async () => {
    const world = await createWorld();
    const token = await tenantToken(world);
    const headers = { cookie: `CF_Authorization=${token}`, 'cf-access-jwt-assertion': token, 'x-auth-token': token };
    const reply = await world.request(`/v1/tokens?access_token=${token}`, { method: 'POST', headers });
    expectRefusal(world, reply, 401, 'token_missing', [token]);
  });
});
