// Class "Time, audience, replay": the first two. Entries that share an iss are in `issuer-entry.test.ts`.
// Boundaries are stated against the clock floored to whole seconds, with the issuer's skew.

import { describe } from 'vitest';
import { AUDIENCE, BACKEND } from '../world.ts';
import {
  type Attack,
  backendPolicy,
  type Forge,
  itAccepts,
  itRefuses,
  type Neighbour,
  rawToken,
  tenantClaims,
  tenantToken,
} from './attack.ts';

const SKEW = 60;
const DAY = 86_400;

const claiming =
  (overrides: Record<string, unknown>): Forge =>
  (world) =>
    tenantToken(world, overrides);
/** Times in seconds from now; the others are as in a fresh token. */
const timed =
  (offsets: { exp?: number; nbf?: number; iat?: number }, fraction = 0): Forge =>
  (world) => {
    const now = Math.floor(world.clock.now / 1000);
    world.clock.now = now * 1000 + fraction;
    return tenantToken(
      world,
      Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, now + offset])),
    );
  };
const lacking =
  (...omit: string[]): Forge =>
  (world) =>
    world.backend.sign({ aud: AUDIENCE, tenant: 'a' }, { omit });
/** A number spelt exactly so in the payload's text. */
const spelt =
  (claim: string, text: string): Forge =>
  (world) => {
    const json = JSON.stringify({ ...tenantClaims(world), [claim]: 'HERE' });
    return rawToken(world, { payload: json.replace('"HERE"', text) });
  };

const boundaries: readonly Attack[] = [
  ['exp at the skew exactly', 'token_expired', timed({ exp: -SKEW })],
  ['exp a second beyond the skew', 'token_expired', timed({ exp: -SKEW - 1 })],
  ['nbf a second beyond the skew', 'token_not_yet_valid', timed({ nbf: SKEW + 1 })],
  ['nbf a second beyond the skew, at the last millisecond', 'token_not_yet_valid', timed({ nbf: SKEW + 1 }, 999)],
  ['iat a second beyond the skew', 'token_not_yet_valid', timed({ iat: SKEW + 1, exp: 300 })],
  ['iat a second over the oldest age', 'token_too_old', timed({ iat: -DAY - 1, exp: -1 })],
  ['a life a second over the longest', 'claim_invalid', timed({ iat: 0, exp: DAY + 1 })],
  ['exp long past', 'token_expired', timed({ iat: -7200, exp: -3600 })],
  ['nbf far in the future', 'token_not_yet_valid', timed({ nbf: 10 * DAY })],
  ['iat far in the future', 'token_not_yet_valid', timed({ iat: 10 * DAY, exp: 10 * DAY + 300 })],
];
const withinBoundaries: readonly Neighbour[] = [
  ['exp a second within the skew', timed({ exp: -SKEW + 1 })],
  ['exp a second within the skew, at the last millisecond', timed({ exp: -SKEW + 1 }, 999)],
  ['nbf at the skew exactly', timed({ nbf: SKEW })],
  ['nbf a second within the skew', timed({ nbf: SKEW - 1 })],
  ['nbf before iat', timed({ nbf: -600 })],
  ['iat at the skew exactly', timed({ iat: SKEW, exp: 300 })],
  ['iat a second within the skew', timed({ iat: SKEW - 1, exp: 300 })],
  ['the oldest age exactly', timed({ iat: -DAY, exp: 0 })],
  ['the longest life exactly', timed({ iat: 0, exp: DAY })],
  ['no nbf', lacking('nbf')],
  ['no jti where nothing is single use', lacking('jti')],
];

const missing: readonly Attack[] = [
  ['no exp', 'claim_invalid', lacking('exp')],
  ['neither iat nor nbf', 'claim_invalid', lacking('iat', 'nbf')],
  ['neither exp nor iat', 'claim_invalid', lacking('exp', 'iat')],
  ['no aud', 'claim_invalid', lacking('aud')],
  ['no sub', 'claim_invalid', lacking('sub')],
  ['an empty sub', 'claim_invalid', claiming({ sub: '' })],
  ['no iss', 'issuer_untrusted', lacking('iss')],
  ['no claims at all', 'issuer_untrusted', (world) => rawToken(world, { payload: '{}' })],
];

const MISTYPED = { null: null, true: true, 'a list': ['x'], 'an object': { x: 1 } };
const mistyped: readonly Attack[] = [
  ...['exp', 'iat', 'nbf'].flatMap((claim) =>
    Object.entries({ ...MISTYPED, text: '1', 'a text of digits': '1795435200' }).map(
      ([kind, value]): Attack => [`${kind} as ${claim}`, 'token_malformed', claiming({ [claim]: value })],
    ),
  ),
  ...['sub', 'iss', 'jti'].flatMap((claim) =>
    Object.entries({ ...MISTYPED, 'a number': 1 }).map(
      ([kind, value]): Attack => [`${kind} as ${claim}`, 'token_malformed', claiming({ [claim]: value })],
    ),
  ),
];

const absurd: readonly Attack[] = [
  ['exp 1e400', 'token_malformed', spelt('exp', '1e400')],
  ['exp -1e400', 'token_malformed', spelt('exp', '-1e400')],
  ['exp 1e308', 'token_malformed', spelt('exp', '1e308')],
  ['exp 2^63', 'token_malformed', spelt('exp', '9223372036854775808')],
  ['exp 2^53', 'token_malformed', spelt('exp', '9007199254740992')],
  ['exp of a thousand digits', 'token_malformed', spelt('exp', '9'.repeat(1000))],
  ['exp with an exponent, far ahead', 'claim_invalid', spelt('exp', '2e9')],
  ['exp with an exponent beyond any time', 'token_malformed', spelt('exp', '1e999999999')],
  ['iat -0', 'token_too_old', spelt('iat', '-0')],
  ['exp 2^53 - 1', 'claim_invalid', spelt('exp', '9007199254740991')],
  ['exp in milliseconds', 'claim_invalid', (world) => tenantToken(world, { exp: world.clock.now + 300_000 })],
  ['exp 0', 'token_expired', claiming({ exp: 0 })],
  ['exp negative', 'token_expired', claiming({ exp: -1 })],
  ['exp -(2^53 - 1)', 'token_expired', spelt('exp', '-9007199254740991')],
  ['iat 0', 'token_too_old', claiming({ iat: 0 })],
  ['iat -(2^53 - 1)', 'token_too_old', spelt('iat', '-9007199254740991')],
  ['iat in milliseconds', 'token_not_yet_valid', (world) => tenantToken(world, { iat: world.clock.now })],
  ['nbf 2^53 - 1', 'token_not_yet_valid', spelt('nbf', '9007199254740991')],
];

const audiences: readonly Attack[] = [
  ['another service', 'claim_invalid', claiming({ aud: 'https://other.example.com' })],
  ['an empty audience', 'claim_invalid', claiming({ aud: '' })],
  ['an empty list', 'claim_invalid', claiming({ aud: [] })],
  ['a list of another service', 'claim_invalid', claiming({ aud: ['https://other.example.com'] })],
  ['a list of an empty audience', 'claim_invalid', claiming({ aud: [''] })],
  ['ours beside another', 'claim_invalid', claiming({ aud: [AUDIENCE, 'https://other.example.com'] })],
  ['another beside ours', 'claim_invalid', claiming({ aud: ['https://other.example.com', AUDIENCE] })],
  ['ours twice', 'claim_invalid', claiming({ aud: [AUDIENCE, AUDIENCE] })],
  ['the issuer itself', 'claim_invalid', claiming({ aud: BACKEND })],
  ['null', 'token_malformed', claiming({ aud: null })],
  ['a number', 'token_malformed', claiming({ aud: 1 })],
  ['true', 'token_malformed', claiming({ aud: true })],
  ['an object', 'token_malformed', claiming({ aud: { 0: AUDIENCE, length: 1 } })],
  ['ours beside a number', 'token_malformed', claiming({ aud: [AUDIENCE, 1] })],
  ['ours beside null', 'token_malformed', claiming({ aud: [AUDIENCE, null] })],
  ['ours in a list in a list', 'token_malformed', claiming({ aud: [[AUDIENCE]] })],
  ...[
    `${AUDIENCE}/`,
    AUDIENCE.toUpperCase(),
    'https://STS.example.com',
    'http://sts.example.com',
    'sts.example.com',
    `${AUDIENCE}:443`,
    `${AUDIENCE}.evil.example`,
    `${AUDIENCE}/v1/tokens`,
    `${AUDIENCE}?`,
    `${AUDIENCE}#`,
    ` ${AUDIENCE}`,
    `${AUDIENCE} `,
    `${AUDIENCE}\n`,
    `${AUDIENCE}\u0000`,
    `${AUDIENCE},https://other.example.com`,
    `${AUDIENCE} https://other.example.com`,
    'https://ѕts.example.com',
    'https://sts.example.com\u200b',
    '*',
    'https://*.example.com',
    `["${AUDIENCE}"]`,
  ].map((aud): Attack => [`the look-alike ${JSON.stringify(aud)}`, 'claim_invalid', claiming({ aud })]),
];

describe('the boundaries of time', () => {
  itRefuses(boundaries);
  itAccepts(withinBoundaries);
});
describe('limits of an issuer of its own', () => {
  const policy = backendPolicy('clock_skew: 0s, max_token_age: 10m, max_lifetime: 5m');
  itRefuses(
    [
      ['exp now', 'token_expired', timed({ iat: -10, exp: 0 })],
      ['nbf in a second', 'token_not_yet_valid', timed({ nbf: 1 })],
      ['iat in a second', 'token_not_yet_valid', timed({ iat: 1, exp: 60 })],
      ['an age of 601 s', 'token_too_old', timed({ iat: -601, exp: -301 + 310 })],
      ['a life of 301 s', 'claim_invalid', timed({ iat: 0, exp: 301 })],
    ],
    { policy },
  );
  itAccepts(
    [
      ['exp in a second', timed({ iat: -10, exp: 1 })],
      ['nbf and iat now', timed({ nbf: 0, iat: 0, exp: 300 })],
      ['a life of 300 s', timed({ iat: -1, exp: 299 })],
    ],
    { policy },
  );
});
describe('missing registered claims', () => itRefuses(missing));
describe('registered claims of the wrong type', () => itRefuses(mistyped));
describe('absurd numbers', () => itRefuses(absurd));
describe('the audience', () => {
  itRefuses(audiences);
  itAccepts([
    ['ours', claiming({ aud: AUDIENCE })],
    ['a list of ours alone', claiming({ aud: [AUDIENCE] })],
  ]);
});

describe('several accepted audiences', () => {
  const settings = 'audience: ["urn:one", "urn:two"]';
  itRefuses(
    [
      ['both at once', 'claim_invalid', claiming({ aud: ['urn:one', 'urn:two'] })],
      ['the top-level one, which the issuer overrides', 'claim_invalid', claiming({ aud: AUDIENCE })],
    ],
    { policy: backendPolicy(settings) },
  );
  itAccepts([['either alone', claiming({ aud: 'urn:two' })]], { policy: backendPolicy(settings) });
  const multiple = backendPolicy(`${settings}, multiple_audiences: true`);
  itRefuses(
    [
      ['only strangers', 'claim_invalid', claiming({ aud: ['urn:three', 'urn:four'] })],
      ['an empty list', 'claim_invalid', claiming({ aud: [] })],
    ],
    { policy: multiple },
  );
  itAccepts(
    [
      ['ours beside another where the issuer allows it', claiming({ aud: ['urn:three', 'urn:one'] })],
      ['both of ours where the issuer allows it', claiming({ aud: ['urn:one', 'urn:two'] })],
    ],
    { policy: multiple },
  );
});
