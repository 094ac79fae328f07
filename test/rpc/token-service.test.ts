// Another Worker that is bound to the service: the real platform between them.

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { githubActions } from '../emulator/personas.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { AUDIENCE, GITHUB, POLICY } from '../world.ts';

/** Passes on what it is sent, and gives back what it gets: the test is the caller. */
const NEIGHBOUR = `
export default {
  async fetch(request, env) {
    const [method, input] = await request.json();
    return Response.json((await env.STS[method](input)) ?? null);
  },
};
`;

const influx = createInfluxEmulator({ databases: ['ci_metrics'] });
const secrets = { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken };
let github: Issuer;
let worker: RunningWorker;

async function start(overrides: Record<string, string> = {}): Promise<RunningWorker> {
  const { policy } = await compilePolicy(POLICY, { development: false });
  return runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { ...secrets, ...overrides },
    neighbour: NEIGHBOUR,
    network: (request) => (request.url.startsWith(GITHUB) ? github.fetch(request) : influx.fetch(request)),
  });
}

beforeAll(async () => {
  github = await createIssuer({ iss: GITHUB });
  worker = await start();
});
afterAll(() => worker.stop());

const subjectToken = (overrides = {}) => github.sign(githubActions({ aud: AUDIENCE, ...overrides }));
const live = () => influx.tokens().map(({ name }) => name);
/** What was logged of a request, which arrives a little after its answer. */
const eventsOf = (id: string) =>
  vi.waitFor(() => {
    const lines = worker.logs.filter((line) => line.includes(id));
    expect(lines).not.toEqual([]);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  });

// biome-ignore lint/suspicious/noExplicitAny: a test reads answers of several shapes, and an expectation on a wrong one fails by itself.
async function call(method: string, input: unknown, on = worker): Promise<any> {
  const answer = await on.askNeighbour('/', { method: 'POST', body: JSON.stringify([method, input]) });
  return answer.json();
}

describe('a bound Worker', () => {
  test('exchanges a subject token for the same fields as the JSON API answers, and one event is logged', async () => {
    const answer = await call('exchange', {
      subjectToken: await subjectToken(),
      permissions: ['db:ci_metrics:write'],
      ttl: '5m',
      rule: 'ci-metrics',
      instance: 'main',
    });
    const direct = await worker.request('/v1/tokens', {
      method: 'POST',
      headers: { authorization: `Bearer ${await subjectToken()}` },
    });
    expect(answer).toMatchObject({ ok: true, token: { rule: 'ci-metrics', permissions: ['db:ci_metrics:write'] } });
    expect(Object.keys(answer.token).sort()).toEqual(Object.keys((await direct.json()) as object).sort());
    expect(answer.token.expires_in).toBeGreaterThan(290);
    expect(live()).toContain(answer.token.name);
    expect(await eventsOf(answer.request_id)).toMatchObject([
      { kind: 'vend', outcome: 'allowed', id: answer.request_id, token_name: answer.token.name },
    ]);
    expect(worker.logs.join('\n')).not.toContain('apiv3_');
  });

  test('revokes by the lease, twice if it likes', async () => {
    const { token } = await call('exchange', { subjectToken: await subjectToken() });
    for (const _ of [1, 2]) {
      const answer = await call('revoke', { lease: token.lease });
      expect(answer).toMatchObject({ ok: true, pending: false });
      expect(live()).not.toContain(token.name);
      expect(await eventsOf(answer.request_id)).toMatchObject([{ kind: 'revoke', outcome: 'allowed' }]);
    }
  });

  const refusals: [string, string, () => Promise<unknown>, string][] = [
    [
      'a caller whom no rule admits',
      'exchange',
      async () => ({ subjectToken: await subjectToken({ ref: 'x' }) }),
      'no_rule',
    ],
    ['no subject token', 'exchange', async () => ({}), 'token_missing'],
    ['a subject token that is none', 'exchange', async () => ({ subjectToken: 'x' }), 'token_malformed'],
    ['a subject token of the wrong type', 'exchange', async () => ({ subjectToken: 7 }), 'request_malformed'],
    ['a field that does not exist', 'exchange', async () => ({ subjectToken: 'x', scope: 'y' }), 'request_malformed'],
    ['nothing at all', 'exchange', async () => null, 'request_malformed'],
    ['a list', 'exchange', async () => [], 'request_malformed'],
    [
      'an endless list of permissions',
      'exchange',
      async () => ({ subjectToken: 'x', permissions: Array(65).fill('db:a:read') }),
      'request_malformed',
    ],
    ['a forged lease', 'revoke', async () => ({ lease: 'stsl_x.y' }), 'token_malformed'],
    [
      'a database token in place of the lease',
      'revoke',
      async () => ({ lease: influx.adminToken }),
      'request_malformed',
    ],
    ['no lease', 'revoke', async () => ({}), 'request_malformed'],
  ];
  test.each(refusals)('is refused with a problem for %s, and one event is logged', async (_, method, input, reason) => {
    const before = [influx.requests.length, live().length];
    const answer = await call(method, await input());
    expect(answer).toMatchObject({
      ok: false,
      problem: { reason, request_id: answer.request_id, detail: expect.any(String) },
    });
    expect(answer.problem.type).toBe(`urn:influx-sts:problem:${reason}`);
    expect(await eventsOf(answer.request_id)).toMatchObject([{ outcome: 'refused', reason }]);
    expect([influx.requests.length, live().length]).toEqual(before);
    expect(JSON.stringify([answer, worker.logs])).not.toContain('apiv3_');
  });

  test('reaches nothing else of the service', async () => {
    for (const method of ['sweep', 'list', 'constructor', 'env', 'ctx', '#calls']) {
      await expect(call(method, {}).then((answer) => answer.ok)).rejects.toThrow();
    }
  });

  test('is told when the service is not configured', async () => {
    const broken = await start({ STS_KEY: 'none' });
    try {
      const answer = await call('exchange', { subjectToken: 'x' }, broken);
      expect(answer).toMatchObject({ ok: false, problem: { reason: 'misconfigured', retryable: true, status: 503 } });
    } finally {
      await broken.stop();
    }
  });
});
