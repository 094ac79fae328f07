// Examples of the API. They tell one story: a CI job that writes its metrics.
// They never hold a real token.

const NAME = 'sts.main.ci-metrics.oaaaaaaaaaaaaaaaaaaaaaaaaaa.01JDCM6W0000000000000000AA.bbbbbbbbbbbbbbbb';
const LEASE = 'stsl_c3RzLm1haW4uLi4.EXAMPLE';
const DATABASE_TOKEN = 'apiv3_EXAMPLE';

const particulars = {
  lease: LEASE,
  name: NAME,
  expires_in: 900,
  rule: 'ci-metrics',
  instance: 'main',
  url: 'https://influxdb.example.com:8181',
  shared: false,
  usable_after: null,
};

export const vendExample = { permissions: ['db:ci_metrics:write'], ttl: '15m' };
export const tokenExample = {
  token: DATABASE_TOKEN,
  permissions: ['db:ci_metrics:write'],
  expires_at: '2026-11-23T12:15:00Z',
  ...particulars,
};

export const pageExample = {
  tokens: [
    {
      name: NAME,
      rule: 'ci-metrics',
      instance: 'main',
      permissions: ['db:ci_metrics:write'],
      created_at: '2026-11-23T12:00:00Z',
      expires_at: '2026-11-23T12:15:00Z',
      shared: false,
    },
  ],
  incomplete: [],
  cursor: null,
};

export const explainExample = {
  outcome: 'refused',
  reason: 'no_rule',
  detail:
    'No rule matches this identity. Nearest is "ci-metrics": ref is "refs/heads/x" but the rule wants "refs/heads/main".',
  rules: [
    {
      rule: 'ci-metrics',
      effect: 'allow',
      verdict: 'no',
      conditions: [{ claim: 'ref', verdict: 'no', actual: '"refs/heads/x"', expected: '"refs/heads/main"' }],
      instance: 'main',
      max_ttl: '15m',
      grants: ['db:ci_metrics:write'],
    },
  ],
  changes: [{ of: 'caller', change: 'Come with a token whose ref is "refs/heads/main".' }],
  switched_off: [],
  request_id: '01JDCM6W0000000000000000AA',
};

export const whoamiExample = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: { repository_id: '123456', sub: 'repo:acme/app:ref:refs/heads/main' },
  description: 'acme/app on refs/heads/main, run 42',
  claims: { repository_id: '123456', ref: 'refs/heads/main' },
  notes: [],
  expires_at: '2026-11-23T12:05:00.000Z',
  roles: [],
  owns: [],
  grants: [
    {
      rule: 'ci-metrics',
      instance: 'main',
      permissions: ['db:ci_metrics:write'],
      default_ttl: '15m',
      max_ttl: '15m',
    },
  ],
  switched_off: [],
};

export const tokenFormExample = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: '$SUBJECT_TOKEN',
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  scope: 'db:ci_metrics:write',
  ttl: '15m',
};
export const oauthTokenExample = {
  access_token: DATABASE_TOKEN,
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  scope: 'db:ci_metrics:write',
  ...particulars,
};

export const revokeFormExample = { token: '$LEASE' };

const ORIGIN = 'https://sts.example.com';
export const metadataExample = {
  issuer: ORIGIN,
  token_endpoint: `${ORIGIN}/oauth/token`,
  revocation_endpoint: `${ORIGIN}/oauth/revoke`,
  grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  token_endpoint_auth_methods_supported: ['none'],
  revocation_endpoint_auth_methods_supported: ['none'],
  response_types_supported: [],
  service_documentation: `${ORIGIN}/docs`,
  audience: ORIGIN,
  logins: [{ issuer: 'https://login.example.com', client_id: 'influx-sts', token: 'id' }],
};

/** Examples of the members that a reason's problem always has. */
export const memberExamples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ttl_refused: { max_ttl: '15m' },
  request_ambiguous: {
    choices: [{ rule: 'ci-metrics', instance: 'main', permissions: ['db:ci_metrics:write'] }],
  },
  not_granted: {
    not_covered: ['db:billing:write'],
    choices: [{ rule: 'ci-metrics', instance: 'main', permissions: ['db:ci_metrics:write'] }],
  },
  denied_by_rule: { denied: 'db:ci_metrics:write', claims: ['event_name'] },
  switched_off: {
    switched_off: {
      target: { kind: 'rule', name: 'ci-metrics' },
      why: 'we look into a leak',
      until: '2026-11-23T14:00:00.000Z',
    },
  },
  limit_reached: { limit: { vends: 100, per: 3600 }, left: { vends: 0 }, of: 'rule', retry_after: 240 },
  database_unknown: { database: 'ci_metrics' },
};
