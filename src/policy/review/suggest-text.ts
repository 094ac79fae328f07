// A suggested rule as text to paste into policy.yaml, with a policy test that covers it. No I/O.

import { stringify } from 'yaml';
import { type Claims, parseClaimPath, readClaim } from '../../identity/claim.ts';
import type { SuggestedCondition, Suggestion } from './suggest.ts';

export interface SuggestedRule {
  readonly name: string;
  readonly issuer: string;
  readonly instance?: string;
  readonly when: Readonly<Record<string, SuggestedCondition>>;
  readonly allow: readonly string[];
}

export interface SuggestedTest {
  readonly name: string;
  readonly issuer: string;
  readonly claims: Claims;
  readonly rule: string;
  readonly expect: string;
  readonly request?: readonly string[];
}

/** Something that a caller could ask of a rule with these permissions; templates are left to what the rule gives by itself. */
export function exampleRequest(allow: readonly string[]): readonly string[] {
  // A star that stands alone is a name of its own, as in db:*:read; any other is part of a pattern.
  const concrete = (permission: string) => permission.replace(/(?<=[^:,])\*|\*(?=[^:,])/g, 'x');
  return allow.filter((permission) => !permission.includes('{')).map(concrete);
}

/** One of the tokens, cut down to what the rule looks at, must get by it what it asks. */
export function testFor(rule: SuggestedRule, token: Claims, request: readonly string[]): SuggestedTest {
  const claims: Record<string, unknown> = {};
  for (const address of Object.keys(rule.when)) {
    const path = parseClaimPath(address);
    place(claims, path, readClaim(token, path));
  }
  const { name, issuer } = rule;
  const asked = request.length === 0 ? {} : { request };
  return { name: `${name} admits what it was made from`, issuer, claims, ...asked, rule: name, expect: name };
}

export function suggestionText(rule: SuggestedRule, test: SuggestedTest, { names }: Suggestion): string {
  const yaml = (value: unknown) => stringify(value, { version: '1.2', lineWidth: 0 }).replace(/^(?=.)/gm, '  ');
  const comment = names.length === 0 ? '' : `  # At the time of writing: ${names.join(', ')}\n`;
  return `rules:\n${comment}${yaml([rule])}\ntests:\n${yaml([test])}`;
}

function place(into: Record<string, unknown>, [key, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    Object.defineProperty(into, key!, { value, enumerable: true, writable: true, configurable: true });
    return;
  }
  const inner = Object.hasOwn(into, key!) ? (into[key!] as Record<string, unknown>) : {};
  place(inner, rest, value);
  Object.defineProperty(into, key!, { value: inner, enumerable: true, writable: true, configurable: true });
}
