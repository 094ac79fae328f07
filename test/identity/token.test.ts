// Unit tests of the token's structure: exact limits, and what a refusal may say of a token that nobody has verified.

import { describe, expect, it } from 'vitest';
import { claimedIssuer, MAX_TOKEN_LENGTH, parseToken } from '../../src/identity/token.ts';

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
const compact = (header: unknown, claims: unknown, signature = 'AAAA') =>
  `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}.${signature}`;
const HEADER = { alg: 'RS256', kid: 'k' };

function problemOf(token: string): string | null {
  const parsed = parseToken(token);
  if (parsed.ok) return null;
  expect(parsed.failure.reason).toBe('token_malformed');
  return parsed.failure.detail;
}

describe('parsing', () => {
  it('hands on alg, kid and typ alone, and the claims as they are', () => {
    const token = compact({ ...HEADER, typ: 'JWT', x: 1 }, { iss: 'i', n: 1 });
    expect(parseToken(token)).toEqual({
      ok: true,
      value: { compact: token, header: { alg: 'RS256', kid: 'k', typ: 'JWT' }, claims: { iss: 'i', n: 1 }, times: {} },
    });
  });

  it('hands on times in whole seconds, and the digits that JavaScript would write otherwise', () => {
    const payload = '{"exp":1.5,"nbf":1e3,"iat":-0.5,"org":314159265358979323,"rate":1.50,"half":0.5}';
    const parsed = parseToken(`${encode(JSON.stringify(HEADER))}.${encode(payload)}.AAAA`);
    expect(parsed.ok && parsed.value.times).toEqual({ exp: 1, nbf: 1000, iat: 0 });
    expect(parsed.ok && JSON.stringify(parsed.value.claims)).toBe(payload);
  });

  it('takes "Ed25519" for "EdDSA"', () => {
    const parsed = parseToken(compact({ alg: 'Ed25519' }, {}));
    expect(parsed.ok && parsed.value.header.alg).toBe('EdDSA');
  });

  it('says of jku and x5c only that they are there, and takes a longer header for a chain', () => {
    const chain = ['M'.repeat(4_000)];
    const parsed = parseToken(compact({ ...HEADER, jku: 'https://evil.example', x5c: chain }, {}));
    expect(parsed.ok && parsed.value.header).toEqual({ alg: 'RS256', kid: 'k', ignorable: ['jku', 'x5c'] });
    expect(problemOf(compact({ ...HEADER, jku: 'x'.repeat(4_000) }, {}))).toContain('longer than 2048 characters');
    expect(problemOf(compact({ ...HEADER, x5c: ['M'.repeat(12_000)] }, {}))).toContain('longer than 12288 characters');
  });

  it.each(['\n', '\r\n', ' ', '\t\n'])('leaves out white space around the token: %j', (blank) => {
    const token = compact(HEADER, {});
    const parsed = parseToken(`${blank}${token}${blank}`);
    expect(parsed.ok && parsed.value.compact).toBe(token);
  });

  it.each(['"', "'", '`'])('names the quotation marks around a token: %s', (mark) => {
    for (const text of [`${mark}${compact(HEADER, {})}${mark}`, `${mark}${compact(HEADER, {})}`]) {
      expect(problemOf(text)).toContain('quotation marks');
    }
  });

  it('reads a header parameter from the header itself only', () => {
    const token = `${encode('{"alg":"RS256","__proto__":{"kid":"k","crit":[]}}')}.${encode('{}')}.AAAA`;
    const parsed = parseToken(token);
    expect(parsed.ok && parsed.value.header).toEqual({ alg: 'RS256' });
  });

  it('is bounded by the length of the token', () => {
    const short = compact(HEADER, {}, '');
    const longest = short + 'A'.repeat(MAX_TOKEN_LENGTH - short.length - ((MAX_TOKEN_LENGTH - short.length) % 4));
    expect(problemOf(longest)).toBeNull();
    expect(problemOf(longest + 'A'.repeat(8))).toContain('longer than 16384 characters');
  });

  it.each([1, 2, 3, 4, 5, 8, 255, 256])('takes a signature of %d bytes in its one canonical spelling alone', (size) => {
    const canonical = encode(crypto.getRandomValues(new Uint8Array(size)));
    const part = `${encode(JSON.stringify(HEADER))}.${encode('{}')}.`;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = [...alphabet].filter((last) => {
      const spelling = canonical.slice(0, -1) + last;
      const sameBytes = Buffer.from(spelling, 'base64url').equals(Buffer.from(canonical, 'base64url'));
      return sameBytes && problemOf(part + spelling) === null;
    });
    expect(spellings).toEqual([canonical.at(-1)]);
  });

  it.each([
    ['', 'three base64url parts'],
    ['a.b', 'three base64url parts'],
    [`Bearer ${compact(HEADER, {})}`, 'the word "Bearer"'],
    [JSON.stringify({ value: compact(HEADER, {}) }), 'it is JSON'],
    [compact(HEADER, {}).replace('.', '.\n'), 'white space within it'],
    ['a.b.c.d.e', 'encrypted tokens are not accepted'],
    ['A.e30.AAAA', 'not canonical base64url'],
    [compact(HEADER, [1]), 'its payload is not a JSON object'],
    [compact('RS256', {}), 'its header is not a JSON object'],
    [compact({ alg: 'None' }, {}), 'it is not signed'],
    [compact({ alg: 'RS256', crit: ['exp'] }, {}), '"crit" is not accepted'],
    [compact(HEADER, { exp: '1' }), '"exp" has the wrong type'],
    [`${encode(JSON.stringify(HEADER))}.${encode('{"iat":1e999}')}.AAAA`, '"iat" has the wrong type'],
  ])('says of %j that %s', (token, problem) => {
    expect(problemOf(token)).toContain(problem);
  });

  it('repeats nothing of the token in a refusal', () => {
    const planted = 'apiv3_planted';
    const tokens = [
      planted,
      compact({ ...HEADER, kid: [planted] }, {}),
      compact(HEADER, { sub: [planted] }),
      `${encode(`{"alg":"RS256","${planted}":1,"${planted}":2}`)}.e30.AAAA`,
    ];
    for (const token of tokens) expect(problemOf(token)).not.toContain(planted);
  });
});

describe('the issuer that an unverified token claims', () => {
  it.each([
    ['is read from a sound token', compact(HEADER, { iss: 'https://evil.example' }), 'https://evil.example'],
    ['is null if absent', compact(HEADER, {}), null],
    ['is null in a malformed token', compact({ alg: 'none' }, { iss: 'https://evil.example' }), null],
    ['is null in no token at all', 'x', null],
    ['is no inherited member', `${encode(JSON.stringify(HEADER))}.${encode('{"__proto__":{"iss":"i"}}')}.AAAA`, null],
  ])('%s', (_name, token, expected) => {
    expect(claimedIssuer(parseToken(token))).toBe(expected);
  });
});
