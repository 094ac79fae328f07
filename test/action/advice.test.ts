// What the action tells the author of a job of refusals that no change of the job alone can cure.

import { describe, expect, test } from 'vitest';
import { troubleOf } from '../../src/action/advice.ts';
import { troubleSummary } from '../../src/action/summary.ts';
import { type Problem, type ServiceReason, StsError } from '../../src/client/error.ts';

const refusal = (reason: ServiceReason, retryable: boolean, more: Partial<Problem> = {}) =>
  troubleOf(
    new StsError({
      reason,
      detail: 'Why.',
      retryable,
      problem: { type: '', title: '', status: 403, detail: 'Why.', reason, request_id: 'r1', retryable, ...more },
    }),
  );

describe('the changes', () => {
  test('of a rule that has ended name it, and whom to ask', () => {
    const nearest = { rule: 'old', misses: [], ended: '2026-12-31T00:00:00Z' };
    for (const reason of ['no_rule', 'not_granted'] as const) {
      const trouble = refusal(reason, false, { nearest });
      expect(trouble.changes.at(-1)).toBe(
        'Ask the people who keep the policy of the service to let the rule "old" go on.',
      );
      const summary = troubleSummary(trouble);
      expect(summary).toContain('Nearest is the rule <code>old</code>.</p>');
      expect(summary).not.toContain('<table>');
    }
  });

  test('of a rule that is off, and of a limit that is reached, say what helps', () => {
    expect(refusal('switched_off', false).changes).toEqual([expect.stringContaining('when it is switched on')]);
    expect(refusal('limit_reached', true).changes[0]).toContain('have the limit of the rule raised');
  });
});
