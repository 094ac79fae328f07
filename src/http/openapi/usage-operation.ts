// Which rules are used, as the document describes it.
// Descriptions only: nothing here ever runs for a request.

import { usageAnswer } from './answers.ts';
import { type Operation, SERVICE, SUBJECT_TOKEN } from './operation.ts';

export const usageOperation: Operation = {
  path: '/v1/audit/usage',
  method: 'get',
  id: 'showUsage',
  tag: 'Audit',
  summary: 'Which rules are used',
  description:
    'When each rule last gave somebody something, and how often. For operators, who find by it what nobody needs.',
  bearer: ['subjectToken'],
  answers: [
    {
      status: 200,
      description: 'The rules that were used.',
      body: {
        type: 'application/json',
        name: 'Usage',
        schema: usageAnswer,
        example: {
          since: '2026-08-25T09:12:00.000Z',
          rules: [{ rule: 'ci-metrics', last_used: '2026-11-23T12:00:00.000Z', admissions: 4211 }],
        },
      },
    },
  ],
  refusals: 'problem',
  reasons: [...SUBJECT_TOKEN, ...SERVICE, 'no_rule', 'operator_required', 'state_unavailable'],
};
