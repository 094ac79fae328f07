// The operations of the audit trail, as the document describes them. Descriptions only: nothing here ever runs for a request.

import { auditQuery } from '../audit-query.ts';
import { eventsAnswer, requestAnswer, usageAnswer } from './audit-answers.ts';
import { auditEventsExample, auditRequestExample, auditUsageExample } from './audit-examples.ts';
import { type Operation, SERVICE, SUBJECT_TOKEN } from './operation.ts';

const JSON_TYPE = 'application/json';

const KEPT =
  'The trail keeps every vend from before InfluxDB was asked, revocations, sweeps that did something, reads of the trail, and refusals of callers ' +
  'known to a rule, folded to one entry a minute. Lists, explanations, whoami, requests of strangers, and what fails before the subject token is ' +
  'verified are in the log alone.';

const FOR_WHOM =
  'Operators read all of it. The `owners` of a rule read the entries about their rule: its tokens, the refusals that came nearest to it, and its ' +
  'switches without the `note`.';

export const auditOperations: readonly Operation[] = [
  {
    path: '/v1/audit/events',
    method: 'get',
    id: 'readAuditEvents',
    tag: 'Audit',
    summary: 'Read the audit trail',
    description: `${FOR_WHOM} ${KEPT} Entries never change. A window is at most 24 hours, because a page looks at the entries in it one by one.`,
    bearer: ['subjectToken'],
    query: auditQuery(),
    answers: [
      {
        status: 200,
        description: 'One page of entries.',
        body: { type: JSON_TYPE, name: 'AuditEvents', schema: eventsAnswer, example: auditEventsExample },
      },
    ],
    refusals: 'problem',
    reasons: [...SUBJECT_TOKEN, ...SERVICE, 'request_malformed', 'no_rule', 'operator_required'],
  },
  {
    path: '/v1/audit/events/{request_id}',
    method: 'get',
    id: 'showAuditRequest',
    tag: 'Audit',
    summary: 'Show all that is kept of one request',
    description: `${FOR_WHOM} ${KEPT} Of refusals that repeat within a minute, only the first id leads here.`,
    bearer: ['subjectToken'],
    pathParameters: { request_id: 'The `x-request-id` of an answer, or the `request_id` of a refusal.' },
    answers: [
      {
        status: 200,
        description: 'Its entries, and what is no entry yet.',
        body: { type: JSON_TYPE, name: 'AuditRequest', schema: requestAnswer, example: auditRequestExample },
      },
    ],
    refusals: 'problem',
    reasons: [...SUBJECT_TOKEN, ...SERVICE, 'no_rule', 'operator_required', 'not_found', 'state_unavailable'],
  },
  {
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
          type: JSON_TYPE,
          name: 'Usage',
          schema: usageAnswer,
          example: auditUsageExample,
        },
      },
    ],
    refusals: 'problem',
    reasons: [...SUBJECT_TOKEN, ...SERVICE, 'no_rule', 'operator_required', 'state_unavailable'],
  },
];
