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
      value: { compact: token, header: { alg: 'RS256', kid: 'k', typ: 'JWT' }, claims: { iss: 'i', n: 1 } },
    });
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
    ['a.b.c.d.e', 'encrypted tokens are not accepted'],
    ['A.e30.AAAA', 'not canonical base64url'],
    [compact(HEADER, [1]), 'its payload is not a JSON object'],
    [compact('RS256', {}), 'its header is not a JSON object'],
    [compact({ alg: 'None' }, {}), 'it is not signed'],
    [compact({ alg: 'RS256', crit: ['exp'] }, {}), '"crit" is not accepted'],
    [compact(HEADER, { exp: '1' }), '"exp" has the wrong type'],
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
    expect(claimedIssuer(token)).toBe(expected);
  });
});
