// Which headers are remembered: those of tokens that an issuer has signed, a bounded number of them, and never instead of a check.

import { expect, test } from 'vitest';
import { createHeaderMemory, parseToken, type UnverifiedToken } from '../../src/identity/token.ts';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (header: object, claims: object = {}) => `${encode(header)}.${encode(claims)}.AAAA`;
const read = (text: string, known?: ReadonlyMap<string, UnverifiedToken['header']>): UnverifiedToken => {
  const parsed = parseToken(text, known);
  if (!parsed.ok) throw new Error(parsed.failure.detail);
  return parsed.value;
};

test('a remembered header reads as it did, with the claims of its new token', () => {
  const memory = createHeaderMemory();
  memory.remember(read(tokenOf({ alg: 'RS256', kid: 'k', typ: 'JWT', jku: 'https://x.example' }, { sub: 'one' })));
  expect(memory.known.size).toBe(1);
  const other = tokenOf({ alg: 'RS256', kid: 'k', typ: 'JWT', jku: 'https://x.example' }, { sub: 'other' });
  expect(read(other, memory.known)).toEqual(read(other));
  expect(read(other, memory.known).header).toBe([...memory.known.values()][0]);
});

test('however many headers there are and however long one is, the memory stays small', () => {
  const memory = createHeaderMemory();
  for (let at = 0; at < 200; at++) memory.remember(read(tokenOf({ alg: 'RS256', kid: `k${at}` })));
  expect(memory.known.size).toBe(64);
  memory.remember(read(tokenOf({ alg: 'RS256', x5c: ['M'.repeat(2_000)] })));
  expect([...memory.known.keys()].every((text) => text.length <= 512)).toBe(true);
});
