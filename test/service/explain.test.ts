// `POST /v1/explain`: the tree of a decision, the nearest rule and what would change the outcome; for callers about themselves, for
// operators about anybody. Nothing is ever minted.

import { describe, expect, test } from 'vitest';
import { AUDIENCE, createWorld, expectRefusal, type Reply, type World } from '../world.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: "https://login.example.com/" }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: far
    issuer: github
    when: { repository_id: "123456", ref: refs/heads/main, event_name: schedule, environment: nightly }
    allow: ["db:ci_metrics:write"]
  - name: ci-metrics
    issuer: github
    when: { repository_id: ["123456", "555"], ref: refs/heads/main, event_name: [push, workflow_dispatch] }
    allow: ["db:ci_metrics:write"]
    ttl: { default: 15m, max: 1h }
  - name: others
    issuer: github
    when: { repository_id: "999", ref: refs/heads/main }
    allow: ["db:others:write"]
  - name: never-from-forks
    issuer: github
    when: { event_name: pull_request_target }
    deny: ["db:*:write"]
  - name: platform
    issuer: backend
    when: { email: ops@acme.example }
    roles: [operator]
  - name: readers
    issuer: backend
    when: { email: { like: "*@acme.example" } }
    allow: ["db:ci_metrics:read"]
`;

const world = () => createWorld({ policy: POLICY });
const operator = ({ backendToken }: World) => backendToken({ email: 'ops@acme.example' });
const reader = ({ backendToken }: World) => backendToken({ email: 'ann@acme.example' });

async function explain(world: World, token: string, body: unknown = {}): Promise<Reply> {
  return world.request('/v1/explain', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const WRITE = { permissions: ['db:ci_metrics:write'] };

describe('an explanation of what would be granted', () => {
  test('names rule, permissions, life and instance, and shows each condition', async () => {
    const here = await world();
    const { status, body } = await explain(here, await here.ciToken(), { ...WRITE, ttl: '30m' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      outcome: 'allowed',
      detail: 'The rule "ci-metrics" grants db:ci_metrics:write for 30m on instance "main".',
      rule: 'ci-metrics',
      permissions: ['db:ci_metrics:write'],
      changes: [],
    });
    expect(body.rules[0]).toEqual({
      rule: 'ci-metrics',
      effect: 'allow',
      verdict: 'yes',
      instance: 'main',
      max_ttl: '1h',
      grants: ['db:ci_metrics:write'],
      uncovered: [],
      conditions: [
        { claim: 'repository_id', verdict: 'yes', actual: '"123456"' },
        { claim: 'ref', verdict: 'yes', actual: '"refs/heads/main"', expected: '"refs/heads/main"' },
        { claim: 'event_name', verdict: 'yes', actual: '"push"', expected: 'one of "push", "workflow_dispatch"' },
      ],
    });
  });

  test('mints nothing, asks nothing of InfluxDB and leaves one event of its kind', async () => {
    const here = await world();
    const { body } = await explain(here, await here.ciToken(), WRITE);
    expect(here.influx.creates()).toBe(0);
    expect(here.calls.filter((host) => host.startsWith('influxdb'))).toEqual([]);
    expect(here.events).toMatchObject([
      { kind: 'explain', id: body.request_id, outcome: 'allowed', issuer: 'github', rule: 'ci-metrics' },
    ]);
    expect(here.events[0]).not.toHaveProperty('token_name');
  });
});

describe('an explanation of what would be refused', () => {
  test('puts the nearest rule first, and says what the caller or the policy could change', async () => {
    const here = await world();
    const { status, body } = await explain(here, await here.ciToken({ ref: 'refs/heads/x' }), WRITE);
    expect(status).toBe(200);
    expect(body).toMatchObject({ outcome: 'refused', reason: 'no_rule' });
    expect(body.rules.map(({ rule, verdict }: { rule: string; verdict: string }) => [rule, verdict])).toEqual([
      ['ci-metrics', 'no'],
      ['far', 'no'],
    ]);
    expect(body.changes).toEqual([
      { of: 'caller', change: 'Come with a token whose ref is "refs/heads/main".' },
      { of: 'policy', change: 'Let rule "ci-metrics" accept ref "refs/heads/x".' },
    ]);
  });

  test('shows a condition that cannot be judged as unknown', async () => {
    const here = await world();
    const { body } = await explain(here, await here.ciToken({ ref: 7 }), WRITE);
    expect(body.rules[0].conditions[1]).toMatchObject({ claim: 'ref', verdict: 'unknown', actual: '7' });
  });

  test('names what no rule covers, and the permission that would have to be added', async () => {
    const here = await world();
    const { body } = await explain(here, await here.ciToken(), { permissions: ['db:logs:write'] });
    expect(body).toMatchObject({ outcome: 'refused', reason: 'not_granted' });
    expect(body.rules[0]).toMatchObject({ rule: 'ci-metrics', verdict: 'yes', uncovered: ['db:logs:write'] });
    expect(body.changes).toEqual([
      { of: 'caller', change: 'Ask for db:ci_metrics:write at most.' },
      { of: 'policy', change: 'Add db:logs:write to rule "ci-metrics".' },
    ]);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['another branch', { ref: 'refs/heads/x' }, WRITE],
    ['another database', {}, { permissions: ['db:logs:write'] }],
    ['a denial', { event_name: 'pull_request_target' }, WRITE],
    ['too long a life', {}, { ...WRITE, ttl: '2h' }],
    ['an unknown rule', {}, { rule: 'other' }],
    ['a stranger', { repository_id: '31337' }, WRITE],
  ])('gives the reason and the words that a vend gives: %s', async (_name, claims, body) => {
    const here = await world();
    const token = await here.ciToken(claims);
    const [explained, vended] = [await explain(here, token, body), await here.vend(token, body)];
    expect([explained.body.reason, explained.body.detail]).toEqual([vended.body.reason, vended.body.detail]);
    expect(here.events.map(({ kind, outcome, reason, rule }) => ({ kind, outcome, reason, rule }))).toMatchObject([
      { kind: 'explain', outcome: 'allowed' },
      { kind: 'vend', outcome: 'refused', reason: vended.body.reason },
    ]);
  });
});

describe('a caller', () => {
  test('sees the rules that they are known to, no id of another and no denial', async () => {
    const here = await world();
    const { body } = await explain(here, await here.ciToken({ event_name: 'pull_request_target' }), WRITE);
    expect(body.reason).toBe('denied_by_rule');
    expect(body.rules.map(({ rule }: { rule: string }) => rule).sort()).toEqual(['ci-metrics', 'far']);
    for (const hidden of ['never-from-forks', 'others', '555', '999'])
      expect(JSON.stringify(body)).not.toContain(hidden);
  });

  test('who is a stranger sees an empty tree and no way in', async () => {
    const here = await world();
    const { body } = await explain(here, await here.ciToken({ repository_id: '31337' }), WRITE);
    expect(body).toMatchObject({ outcome: 'refused', reason: 'no_rule', rules: [], changes: [] });
  });

  test.each(['github', 'nobody'])('may not ask about the claims of somebody else (%s)', async (issuer) => {
    const here = await world();
    const reply = await explain(here, await reader(here), { ...WRITE, issuer, claims: { repository_id: '555' } });
    expectRefusal(here, reply, 403, 'operator_required');
    expect(JSON.stringify(reply.body)).not.toContain('ci-metrics');
  });

  test('who is a stranger is told that and no more when they ask about somebody else', async () => {
    const here = await world();
    const token = await here.ciToken({ repository_id: '31337' });
    const reply = await explain(here, token, { ...WRITE, issuer: 'github', claims: { repository_id: '555' } });
    expectRefusal(here, reply, 403, 'no_rule');
    expect(reply.body.detail).toBe((await here.vend(token)).body.detail);
  });

  test('reads at most twenty permissions that a rule does not cover', async () => {
    const here = await world();
    const permissions = Array.from({ length: 30 }, (_, at) => `db:d${at}:write`);
    const { body } = await explain(here, await here.ciToken(), { permissions });
    expect(body.rules.map(({ uncovered }: { uncovered: string[] }) => uncovered.length)).toEqual([20, 20]);
  });

  test('who is nobody learns nothing', async () => {
    const here = await world();
    const reply = await here.request('/v1/explain', { method: 'POST' });
    expectRefusal(here, reply, 401, 'token_missing');
    expect(here.events[0]?.kind).toBe('explain');
  });
});

describe('an operator', () => {
  const about = (claims: Record<string, unknown>) => ({ ...WRITE, issuer: 'github', claims });
  const JOB = { repository_id: '123456', ref: 'refs/heads/main', event_name: 'push' };

  test('may ask about claims that nobody has verified', async () => {
    const here = await world();
    const { status, body } = await explain(here, await operator(here), about(JOB));
    expect(status).toBe(200);
    expect(body).toMatchObject({ outcome: 'allowed', rule: 'ci-metrics' });
    expect(here.influx.creates()).toBe(0);
    expect(here.events).toMatchObject([{ kind: 'explain', outcome: 'allowed', issuer: 'backend' }]);
  });

  test('sees pins with what they want, rules of others, and the denial that holds, first of all', async () => {
    const here = await world();
    const { body } = await explain(here, await operator(here), about({ ...JOB, event_name: 'pull_request_target' }));
    expect(body).toMatchObject({ outcome: 'refused', reason: 'denied_by_rule' });
    expect(body.rules[0]).toMatchObject({ rule: 'never-from-forks', effect: 'deny', denied: ['db:ci_metrics:write'] });
    const rules = new Map(body.rules.map((rule: { rule: string }) => [rule.rule, rule]));
    expect([...rules.keys()].sort()).toEqual(['ci-metrics', 'far', 'never-from-forks', 'others']);
    expect(rules.get('ci-metrics')).toMatchObject({
      conditions: [{ claim: 'repository_id', verdict: 'yes', expected: 'one of "123456", "555"' }, {}, {}],
    });
  });

  test('sees why a stranger is one', async () => {
    const here = await world();
    const { body } = await explain(here, await operator(here), about({ ...JOB, repository_id: '31337' }));
    expect(body).toMatchObject({ outcome: 'refused', reason: 'no_rule' });
    expect(body.rules[0]).toMatchObject({ rule: 'ci-metrics', verdict: 'no' });
    expect(body.changes[0]).toEqual({
      of: 'caller',
      change: 'Come with a token whose repository_id is one of "123456", "555".',
    });
  });

  test('is told when the issuer entry is not there', async () => {
    const here = await world();
    const reply = await explain(here, await operator(here), { issuer: 'gitlab', claims: {} });
    expectRefusal(here, reply, 400, 'request_malformed');
    expect(reply.body.detail).toBe('There is no issuer entry "gitlab".');
  });

  test.each([{ claims: {} }, { issuer: 'github' }])('gives claims and issuer together (%o)', async (body) => {
    const here = await world();
    expectRefusal(here, await explain(here, await operator(here), body), 400, 'request_malformed');
  });
});

describe('an operator, where rules are many', () => {
  const many = Array.from(
    { length: 300 },
    (_, at) => `
  - { name: backend-${at}, issuer: backend, when: { client_id: c${at} }, allow: ["db:ci_metrics:read"] }`,
  ).join('');
  const others = Array.from(
    { length: 300 },
    (_, at) => `
  - { name: job-${at}, issuer: github, when: { repository_id: "${at}" }, allow: ["db:ci_metrics:write"] }`,
  ).join('');
  const stranger = { issuer: 'github', claims: { repository_id: 'none' } };
  const names = (body: { rules: { rule: string }[] }) => body.rules.map(({ rule }) => rule);

  test('sees the rules of the issuer in question, though those of another stand before them', async () => {
    const here = await createWorld({ policy: POLICY.replace('rules:', `rules:${many}`) });
    const { body } = await explain(here, await operator(here), stranger);
    expect(names(body)).toEqual(expect.arrayContaining(['far', 'ci-metrics', 'others']));
  });

  test('sees the rule that they name, wherever it stands and no matter whom it knows', async () => {
    const here = await createWorld({ policy: POLICY.replace('rules:', `rules:${others}`) });
    const { body } = await explain(here, await operator(here), { ...stranger, rule: 'others' });
    expect(names(body)).toEqual(['others']);
  });

  test('sees roles that strangers do not have', async () => {
    const roles = `rules:
  - { name: shift, issuer: github, when: { repository_id: "4711" }, roles: [operator] }`;
    const here = await createWorld({ policy: POLICY.replace('rules:', roles) });
    expect(names((await explain(here, await operator(here), stranger)).body)).toContain('shift');
  });
});

describe('the event of an explanation', () => {
  test('says what was asked and what the decision would have been', async () => {
    const here = await world();
    await explain(here, await here.ciToken(), WRITE);
    await explain(here, await here.ciToken(), { permissions: ['db:logs:write'] });
    expect(here.events).toMatchObject([
      { outcome: 'allowed', decision: 'allowed', permissions_asked: ['db:ci_metrics:write'] },
      { outcome: 'allowed', decision: 'not_granted', permissions_asked: ['db:logs:write'] },
    ]);
    expect(here.events[0]!.claims).toMatchObject({ repository_id: '123456' });
    for (const event of here.events) expect(event).not.toHaveProperty('about_issuer');
  });

  test('says what was asked when the answer is a refusal', async () => {
    const here = await world();
    await explain(here, await reader(here), { ...WRITE, issuer: 'github', claims: {} });
    expect(here.events).toMatchObject([{ reason: 'operator_required', permissions_asked: WRITE.permissions }]);
    expect(here.events[0]).not.toHaveProperty('decision');
  });

  test('about somebody else never shows pasted claims as those of the operator', async () => {
    const here = await world();
    const claims = { repository_id: '123456', ref: 'refs/heads/pasted' };
    await explain(here, await operator(here), { ...WRITE, issuer: 'github', claims });
    expect(here.events).toMatchObject([
      { issuer: 'backend', about_issuer: 'github', decision: 'no_rule', rule: 'ci-metrics' },
    ]);
    expect(here.events[0]).not.toHaveProperty('claims');
    expect(JSON.stringify(here.events)).not.toContain('pasted');
  });
});

test('answers POST alone, and records what else is tried', async () => {
  const here = await world();
  const reply = await here.request('/v1/explain');
  expectRefusal(here, reply, 405, 'method_not_allowed');
  expect([here.events[0]?.kind, reply.headers.get('allow')]).toEqual(['explain', 'POST']);
});
