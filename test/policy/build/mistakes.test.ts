// Mistakes that callers make, and the sentence that each of them reads in the log of their job. The caller is known to a rule and cannot
// see the policy: the sentence must tell them what to change. Before you change a sentence here, read it as they would.

import { expect, it } from 'vitest';
import { AUDIENCE, createWorld, type World } from '../../world.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: "https://login.example.com/", pins: [oid] }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: github
    when: { repository_id: "123456", repository: acme/app, ref: refs/heads/main, event_name: [push, workflow_dispatch] }
    allow: ["db:ci_metrics,ci_logs:write"]
    ttl: 15m
  - name: release
    issuer: github
    when: { repository_id: "123456", environment: Production }
    allow: ["db:releases:read,write", "db:old_*:read"]
    ttl: { default: 15m, max: 1h }
  - name: tenant-self
    issuer: backend
    when: { tenant: { exists: true }, level: 3 }
    allow: ["db:tenant_{tenant}:read"]
  - name: reports
    issuer: backend
    when: { email: { like: "*@acme.example" }, groups: { contains: metrics } }
    allow: ["db:*:read"]
  - name: dashboards
    issuer: backend
    when: { client_id: dashboards }
    allow: ["db:shared:read"]
  - name: dashboards-slow
    issuer: backend
    when: { client_id: dashboards }
    allow: ["db:shared:read", "system:metrics:read"]
    ttl: 2h
  - name: nothing-from-forks
    issuer: github
    when: { event_name: pull_request_target }
    deny: ["db:*:write"]
  - name: one-is-closed
    issuer: backend
    when: { sub: { like: "intern-*" } }
    deny: ["db:closed:read"]
  - name: under-review
    issuer: backend
    when: { client_id: dashboards, review: open }
    deny: ["db:shared:write"]
  - name: night-desk
    issuer: backend
    when: { oid: "u-1", desk: night }
    allow: ["db:desk:read"]
  - name: trial
    issuer: backend
    when: { client_id: trial }
    allow: ["db:trial:read"]
    until: 2026-11-20
`;

const RELEASE = { environment: 'Production', sub: 'repo:acme@77/app@123456:environment:Production' };
const REPORTS = { email: 'ann@acme.example', groups: ['metrics'] };

const job = (claims: Record<string, unknown>) => (world: World) => world.ciToken(claims);
const service = (claims: Record<string, unknown>) => (world: World) => world.backendToken(claims);
const ago =
  (seconds: number, life = 300) =>
  (world: World) => {
    const iat = Math.floor(world.clock.now / 1000) - seconds;
    return world.ciToken({ iat, exp: iat + life });
  };
const ask = (...permissions: readonly string[]) => ({ permissions });

const CASES: Readonly<Record<string, readonly [token: (world: World) => Promise<string>, body?: unknown]>> = {
  'another branch': [job({ ref: 'refs/heads/fix' })],
  'a branch without its prefix': [job({ ref: 'main' })],
  'a branch in capitals': [job({ ref: 'refs/heads/Main' })],
  'another event': [job({ event_name: 'schedule' })],
  'a renamed repository': [job({ repository: 'acme/app-next' })],
  'branch and event': [job({ ref: 'refs/pull/7/merge', event_name: 'pull_request' }), ask('db:ci_metrics:write')],
  'a release without its environment': [job({ ref: 'refs/tags/v1' }), ask('db:releases:write')],
  'another environment': [job({ ...RELEASE, environment: 'staging', ref: 'refs/tags/v1' }), ask('db:releases:write')],
  'an environment in lower case': [
    job({ ...RELEASE, environment: 'production', ref: 'refs/tags/v1' }),
    ask('db:releases:write'),
  ],
  'the right branch, a database of the environment': [job({}), ask('db:releases:write')],
  'a claim of the wrong type': [service({ tenant: 'a', level: '3' }), ask('db:tenant_a:read')],
  'a claim that is missing': [service({ level: 3 }), ask('db:tenant_a:read')],
  'an address of another domain': [service({ ...REPORTS, email: 'ann@acme.example.com' }), ask('db:*:read')],
  'a group that is missing': [service({ ...REPORTS, groups: ['sales'] }), ask('db:*:read')],
  'groups that are no list': [service({ ...REPORTS, groups: 'metrics users' }), ask('db:*:read')],
  'another audience': [job({ aud: 'https://other.example.com' })],
  'the audience with a slash': [job({ aud: `${AUDIENCE}/` })],
  'the default audience': [job({ aud: 'https://github.com/acme' })],
  'two audiences': [job({ aud: [AUDIENCE, 'https://other.example.com'] })],
  'the issuer without its slash': [service({ iss: 'https://login.example.com', tenant: 'a', level: 3 })],
  'another issuer': [service({ iss: 'https://evil.example.com' })],
  'a token from the start of a long job': [ago(900)],
  'a clock that is ahead': [ago(-120)],
  'a token of two days ago': [ago(172_800, 180_000)],
  'a token that lives too long': [ago(0, 90_000)],
  'the wrong database': [job({}), ask('db:production:write')],
  'a database in capitals': [job({}), ask('db:CI_Metrics:write')],
  'a database with a typing error': [job({}), ask('db:ci_metric:write')],
  'the wrong action': [job({}), ask('db:ci_metrics:read')],
  'every database': [job({}), ask('db:*:write')],
  'every database beside one': [service(REPORTS), ask('db:*:read', 'db:a:read')],
  "InfluxDB's own database": [service(REPORTS), ask('db:_internal:read')],
  'permissions of two rules at once': [job(RELEASE), ask('db:ci_metrics:write', 'db:releases:write')],
  'a tenant that fits no name': [service({ tenant: 'a/b', level: 3 })],
  'a tenant that fits no name, asked for': [service({ tenant: 'a b', level: 3 }), ask('db:tenant_ab:read')],
  'a denied event': [job({ event_name: 'pull_request_target', ...RELEASE }), ask('db:releases:write')],
  'a denial among all databases': [service({ ...REPORTS, sub: 'intern-7' }), ask('db:*:read')],
  'a denial for what the token does not say': [service({ client_id: 'dashboards' }), ask('db:shared:write')],
  'another person': [service({ oid: 'u-2', desk: 'night' }), ask('db:desk:read')],
  'a rule that has ended': [service({ client_id: 'trial' }), ask('db:trial:read')],
  'nothing named where two rules match': [service({ client_id: 'dashboards' })],
  'nothing named where the rule has a pattern': [job({ ...RELEASE, ref: 'refs/tags/v1' })],
  'a longer life than the rule gives': [job({}), { ttl: '1h' }],
  'a longer life that another rule gives': [
    service({ client_id: 'dashboards' }),
    { ...ask('db:shared:read'), ttl: '1h' },
  ],
  'a life in words': [job({}), { ttl: '15 minutes' }],
  'a misspelt rule': [job({}), { rule: 'ci-metric' }],
  'a rule of another name': [job({}), { rule: 'production' }],
  'an unknown instance': [job({}), { instance: 'eu-west' }],
  'a rule that does not match': [job({}), { rule: 'release' }],
  'a misspelt action': [job({}), ask('db:ci_metrics:wirte')],
  'a permission without its type': [job({}), ask('ci_metrics:write')],
  'a pattern': [job({}), ask('db:ci_*:write')],
  'permissions as one text': [job({}), { permissions: 'db:ci_metrics:write' }],
  'a misspelt field': [job({}), { permission: ['db:ci_metrics:write'] }],
  'a field of another service': [job({}), { scope: 'db:ci_metrics:write' }],
  'a list in place of the body': [job({}), ['db:ci_metrics:write']],
  'a body that the shell has quoted': [job({}), "{'ttl': 60}"],
  'a database that InfluxDB has not': [job({}), ask('db:ci_logs:write')],
};

/** Of each case its name, the reason, and the sentence. */
const ANSWERS = `
another branch
no_rule: No rule matches this identity. Nearest is "ci-metrics": ref is "refs/heads/fix" but the rule wants "refs/heads/main".

a branch without its prefix
no_rule: No rule matches this identity. Nearest is "ci-metrics": ref is "main" but the rule wants "refs/heads/main".

a branch in capitals
no_rule: No rule matches this identity. Nearest is "ci-metrics": ref is "refs/heads/Main" but the rule wants "refs/heads/main" (they differ only in case).

another event
no_rule: No rule matches this identity. Nearest is "ci-metrics": event_name is "schedule" but the rule wants one of "push", "workflow_dispatch".

a renamed repository
no_rule: No rule matches this identity. Nearest is "ci-metrics": repository is "acme/app-next" but the rule wants "acme/app".

branch and event
no_rule: No rule matches this identity. Nearest is "ci-metrics": ref is "refs/pull/7/merge" but the rule wants "refs/heads/main"; event_name is "pull_request" but the rule wants one of "push", "workflow_dispatch".

a release without its environment
no_rule: No rule matches this identity. Nearest is "release": the token has no environment but the rule wants "Production".

another environment
no_rule: No rule matches this identity. Nearest is "release": environment is "staging" but the rule wants "Production".

an environment in lower case
no_rule: No rule matches this identity. Nearest is "release": environment is "production" but the rule wants "Production" (they differ only in case).

the right branch, a database of the environment
not_granted: No rule that matches this identity covers db:releases:write. Open to you: db:ci_metrics:write, db:ci_logs:write (rule "ci-metrics"). The rule "release" covers it and does not match: the token has no environment but the rule wants "Production".

a claim of the wrong type
no_rule: No rule matches this identity. Nearest is "tenant-self": level is "3" but the rule wants 3 (it is text, and the rule wants a number).

a claim that is missing
no_rule: No rule matches this identity. Nearest is "tenant-self": the token has no tenant but the rule wants any value.

an address of another domain
no_rule: No rule matches this identity. Nearest is "reports": email is "ann@acme.example.com" but the rule wants something like "*@acme.example".

a group that is missing
no_rule: No rule matches this identity. Nearest is "reports": groups is ["sales"] but the rule wants a list that contains "metrics".

groups that are no list
no_rule: No rule matches this identity. Nearest is "reports": groups is "metrics users" but the rule wants a list that contains "metrics" (it is one text and that is a word of it: the rule needs "word" instead of "contains").

another audience
claim_invalid: The subject token is for the audience "https://other.example.com"; ask your issuer for "https://sts.example.com".

the audience with a slash
claim_invalid: The subject token is for the audience "https://sts.example.com/"; ask your issuer for "https://sts.example.com" (they differ only in the slash at the end).

the default audience
claim_invalid: The subject token is for the audience "https://github.com/acme"; ask your issuer for "https://sts.example.com".

two audiences
claim_invalid: The subject token is for the audience ["https://sts.example.com","https://other.example.com"]; ask your issuer for "https://sts.example.com" alone.

the issuer without its slash
issuer_untrusted: The subject token's issuer "https://login.example.com" is not trusted by this service. Issuers are compared byte by byte, a slash at the end included.

another issuer
issuer_untrusted: The subject token's issuer "https://evil.example.com" is not trusted by this service. Issuers are compared byte by byte, a slash at the end included.

a token from the start of a long job
token_expired: The subject token expired 600 s ago (60 s of clock skew are allowed). Ask your issuer for a fresh one.

a clock that is ahead
token_not_yet_valid: The subject token was issued 120 s in the future (60 s of clock skew are allowed). Set the clock of the machine that issued it.

a token of two days ago
token_too_old: The subject token is 172800 s old; at most 86400 s are accepted. Ask your issuer for a fresh one, or raise "max_token_age" of its entry in the policy.

a token that lives too long
claim_invalid: The subject token lives 90000 s; at most 86400 s are accepted. Ask your issuer for one of shorter life, or raise "max_lifetime" of its entry in the policy.

the wrong database
not_granted: No rule that matches this identity covers db:production:write. Open to you: db:ci_metrics:write, db:ci_logs:write (rule "ci-metrics").

a database in capitals
not_granted: No rule that matches this identity covers db:CI_Metrics:write. Did you mean db:ci_metrics:write? Open to you: db:ci_metrics:write, db:ci_logs:write (rule "ci-metrics").

a database with a typing error
not_granted: No rule that matches this identity covers db:ci_metric:write. Did you mean db:ci_metrics:write? Open to you: db:ci_metrics:write, db:ci_logs:write (rule "ci-metrics").

the wrong action
not_granted: No rule that matches this identity covers db:ci_metrics:read. Open to you: db:ci_metrics:write, db:ci_logs:write (rule "ci-metrics").

every database
not_granted: No rule that matches this identity covers db:*:write. db:* is every database there is; name those that you need. Open to you: db:ci_metrics:write, db:ci_logs:write (rule "ci-metrics").

every database beside one
permissions_conflict: db:* and named databases cannot stand in one token: in InfluxDB the named entry shadows the wildcard. Ask for them separately.

InfluxDB's own database
not_granted: The database _internal is never granted. Open to you: db:*:read (rule "reports").

permissions of two rules at once
not_granted: No single rule covers all that was asked; ask for it in several requests. Open to you: db:ci_metrics:write, db:ci_logs:write (rule "ci-metrics"); db:releases:read,write, db:old_*:read (rule "release").

a tenant that fits no name
not_granted: The name tenant_{tenant} of rule "tenant-self" cannot be made from tenant "a/b": it takes letters, digits, "_" and "-".

a tenant that fits no name, asked for
not_granted: No rule that matches this identity covers db:tenant_ab:read. Open to you: db:tenant_{tenant}:read (rule "tenant-self"). The name tenant_{tenant} of rule "tenant-self" cannot be made from tenant "a b": it takes letters, digits, "_" and "-".

a denied event
denied_by_rule: The policy refuses db:releases:write to a token with event_name "pull_request_target", whatever other rules allow. A token in which this is different may have it.

a denial among all databases
denied_by_rule: The policy refuses db:*:read to a token with sub "intern-7", whatever other rules allow. It may concern some databases only; name those that you need.

a denial for what the token does not say
denied_by_rule: The policy refuses db:shared:write to a token with client_id "dashboards", because of a claim that the token lacks, whatever other rules allow. A token in which this is different may have it.

another person
no_rule: No rule matches this identity. Nearest is "night-desk": oid is "u-2", which is not one that the rule admits.

a rule that has ended
no_rule: No rule matches this identity any more. The rule "trial" ended on 2026-11-20 at 00:00 UTC; ask the people who keep this service's policy.

nothing named where two rules match
request_ambiguous: Several rules match this identity: "dashboards", "dashboards-slow". Name one of them as "rule", or the "permissions" that you need.

nothing named where the rule has a pattern
request_ambiguous: The rule "release" grants db:releases:read,write, db:old_*:read; name the "permissions" that you need of it.

a longer life than the rule gives
ttl_refused: The rule "ci-metrics" gives at most 15m, and 1h was asked. Ask for 15m or less.

a longer life that another rule gives
ttl_refused: The rule "dashboards" gives at most 15m, and 1h was asked. Ask for 15m or less. The rule "dashboards-slow" would allow it.

a life in words
request_malformed: The body does not fit: ttl: write seconds, or digits with s, m, h or d, such as "15m", and at least 1s.

a misspelt rule
rule_unknown: No rule named "ci-metric" is open to this identity. Did you mean "ci-metrics"?

a rule of another name
rule_unknown: No rule named "production" is open to this identity. There are "ci-metrics", "release".

an unknown instance
instance_unknown: No rule open to this identity grants on an instance named "eu-west". There is "main".

a rule that does not match
no_rule: No rule matches this identity. Nearest is "release": the token has no environment but the rule wants "Production".

a misspelt action
request_malformed: The body does not fit: permissions.0: "db:ci_metrics:wirte" cannot be asked for: an action is not one of read, write, create, delete, describe.

a permission without its type
request_malformed: The body does not fit: permissions.0: "ci_metrics:write" cannot be asked for: a permission reads type:names:actions, such as db:metrics:write.

a pattern
request_malformed: The body does not fit: permissions.0: "db:ci_*:write" cannot be asked for: a database name is * alone, or letters, digits, "_" and "-", beginning with a letter or digit, at most one "/" inside.

permissions as one text
request_malformed: The body does not fit: permissions: write a list of permissions, such as ["db:metrics:write"].

a misspelt field
request_malformed: The body does not fit: there is no field "permission" (did you mean "permissions"?).

a field of another service
request_malformed: The body does not fit: there is no field "scope" (the fields are permissions, ttl, rule, instance).

a list in place of the body
request_malformed: The body does not fit: it is not a JSON object such as {"ttl": "15m"}.

a body that the shell has quoted
request_malformed: The body cannot be read: it is not valid JSON.

a database that InfluxDB has not
database_unknown: InfluxDB has no database "ci_logs" on instance "main". Create it first, or correct the name.
`;

const answers = ANSWERS.trim()
  .split('\n\n')
  .map((lines) => lines.split('\n') as [name: string, answer: string]);

it('has an answer for each case', () => {
  expect(answers.map(([name]) => name)).toEqual(Object.keys(CASES));
});

it.each(answers)('tells what to change: %s', async (name, answer) => {
  const world = await createWorld({ policy: POLICY });
  const [token, body] = CASES[name]!;
  const reply = await world.vend(await token(world), body);
  expect(`${reply.body.reason}: ${reply.body.detail}`).toBe(answer);
  expect(world.influx.creates()).toBe(reply.body.reason === 'database_unknown' ? 1 : 0);
});

it('tells a caller without a token where to put it', async () => {
  const world = await createWorld({ policy: POLICY });
  const reply = await world.request('/v1/tokens', { method: 'POST' });
  expect(reply.body.detail).toBe('Send the subject token as "Authorization: Bearer <token>".');
});
