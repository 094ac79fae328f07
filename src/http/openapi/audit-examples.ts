// Examples of the audit trail, of the same story as the others: a CI job that writes its metrics.
// They never hold a real token.

import { pageExample } from './examples.ts';

const { name } = pageExample.tokens[0]!;
const REQUEST_ID = '01JDCM6W0000000000000000AA';

const about = {
  kind: 'vend',
  actor: 'caller',
  rule: 'ci-metrics',
  instance: 'main',
  policy: '5f1c7ab1c0de',
  permissions: ['db:ci_metrics:write'],
  ttl: 900,
  request_id: REQUEST_ID,
  issuer: 'github',
  subject: { repository_id: '123456', sub: 'repo:acme/app:ref:refs/heads/main' },
  claims: { repository_id: '123456', ref: 'refs/heads/main' },
  run: { run_id: '42' },
  token_name: name,
};

const entry = {
  gate: '7',
  epoch: 1,
  number: 4711,
  time: '2026-11-23T12:00:00.512Z',
  ...about,
  outcome: 'made',
  expires_at: '2026-11-23T12:15:00Z',
  commitment: 'n2rAzRuVYcPXqCGYdMfpLZLrEXAMPLEAAAAAAAAAAAA',
};

export const auditEventsExample = { events: [entry], incomplete: [], cursor: null };
export const auditRequestExample = { events: [entry], open: [], incomplete: [] };
export const auditUsageExample = {
  since: '2026-08-25T09:12:00.000Z',
  rules: [{ rule: 'ci-metrics', last_used: '2026-11-23T12:00:00.000Z', admissions: 4211 }],
};
