// A condition of a rule as a sentence part for people: `ref is "refs/heads/main"`. It decides nothing. No I/O.

import type { Condition, Test } from './condition.ts';

export function describeCondition({ claim, test }: Pick<Condition, 'claim' | 'test'>): string {
  return `${claim} ${phrase(test, false)}`;
}

/** Several conditions, all of which must hold. */
export function describeConditions(conditions: readonly Pick<Condition, 'claim' | 'test'>[]): string {
  return conditions.map(describeCondition).join(' and ');
}

function phrase(test: Test, negated: boolean): string {
  switch (test.op) {
    case 'not':
      return phrase(test.test, !negated);
    case 'exists':
      return test.present === negated ? 'is absent' : 'is present';
    case 'contains':
      return `${negated ? 'does not contain' : 'contains'} ${term(test.element, negated)}`;
    case 'word':
      return `${negated ? 'is present without' : 'has'} the word ${test.words.map((one) => JSON.stringify(one)).join(' or ')}`;
    default:
      return `${negated ? 'is present and not' : 'is'} ${term(test, negated)}`;
  }
}

function term(test: Test, negated: boolean): string {
  switch (test.op) {
    case 'equals':
      return JSON.stringify(test.value);
    case 'like':
      return `like ${JSON.stringify(test.pattern)}`;
    case 'any':
      return test.of.map((one) => term(one, negated)).join(negated ? ' nor ' : ' or ');
    default:
      return phrase(test, false);
  }
}
