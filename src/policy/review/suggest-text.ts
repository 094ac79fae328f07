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

/** Claims whose other value is the step aside that people think of: another branch before another repository. */
const TELLING = [
  ...[
    'ref',
    'build_branch',
    'branchName',
    'rpo_ref',
    'oidc.circleci.com/vcs-ref',
    'environment',
    'terraform_run_phase',
  ],
  ...['/kubernetes.io/serviceaccount/name', 'event_name'],
];

/** The same token with one claim changed must not get it: null where no condition has a value to change. */
export function refusingTestFor(rule: SuggestedRule, admitting: SuggestedTest): SuggestedTest | null {
  const conditions = Object.entries(rule.when);
  const [claim, condition] =
    conditions.find(([name]) => TELLING.includes(name)) ?? conditions.findLast(([name]) => name !== '') ?? [];
  if (claim === undefined || condition === undefined) return null;
  const claims = structuredClone(admitting.claims);
  place(claims as Record<string, unknown>, parseClaimPath(claim), otherThan(condition));
  return { ...admitting, name: `${rule.name} refuses another ${claim}`, claims, expect: 'denied' };
}

function otherThan(condition: SuggestedCondition): unknown {
  if (typeof condition === 'object') {
    return 'contains' in condition ? [otherThan(condition.contains)] : otherThan(condition.at(-1)!);
  }
  if (typeof condition === 'boolean') return !condition;
  if (typeof condition === 'number') return condition + 1;
  // Ids keep their form: the last digit changes.
  const id = /^(.*?)([0-9a-f])(\W*)$/.exec(condition);
  if (id !== null && /^\W?[0-9a-f-]*\d[0-9a-f-]*\W?$/.test(condition))
    return `${id[1]}${id[2] === '0' ? '1' : '0'}${id[3]}`;
  return `${condition}-other`;
}

export function suggestionText(
  rule: SuggestedRule,
  test: SuggestedTest,
  { names }: Suggestion,
  ...further: readonly SuggestedTest[]
): string {
  const yaml = (value: unknown) =>
    stringify(value, { version: '1.2', lineWidth: 0, aliasDuplicateObjects: false }).replace(/^(?=.)/gm, '  ');
  const comment = names.length === 0 ? '' : `  # At the time of writing: ${names.join(', ')}\n`;
  return `rules:\n${comment}${yaml([rule])}\ntests:\n${yaml([test, ...further])}`;
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
