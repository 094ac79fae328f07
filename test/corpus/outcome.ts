// Compares an answer with what a case of the corpus expects. The answer may come from the decision in this process or from the Worker over
// HTTP.

import { expect } from 'vitest';
import { canonicalTriples, joinTriples, parseRequested } from '../../src/policy/language/permission.ts';
import type { CorpusCase } from './read.ts';

export type Outcome =
  | { readonly rule: string; readonly instance: string; readonly permissions: readonly string[]; readonly ttl: number }
  | { readonly denied: string; readonly detail: string; readonly members: Readonly<Record<string, unknown>> };

export function expectOutcome({ expect: expected, asked }: CorpusCase, outcome: Outcome): void {
  if ('rule' in expected) {
    const permissions = expected.permissions ?? canonical(asked.permissions!);
    expect(outcome).toEqual({ ...expected, permissions });
    return;
  }
  expect(outcome).toMatchObject({ denied: expected.denied });
  if (!('denied' in outcome)) return;
  for (const [member, value] of Object.entries(expected.tells)) {
    expect([member, outcome.members[member]]).toEqual([member, value]);
  }
  for (const text of expected.mentions) expect(outcome.detail).toContain(text);
  for (const text of expected.hides) expect(JSON.stringify(outcome)).not.toContain(text);
}

function canonical(permissions: readonly string[]): readonly string[] {
  const parsed = permissions.map(parseRequested);
  return joinTriples(canonicalTriples(parsed.flatMap((one) => (one.ok ? one.value : []))));
}
