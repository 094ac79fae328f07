// The corpus against the built Worker in workerd: each case is a signed token and a `POST /v1/tokens`. One Worker for each policy.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reason } from '../../src/foundation/failure.ts';
import { WIRE } from '../../src/web/problem.ts';
import { type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { compiled } from '../policy/policy-text.ts';
import { expectOutcome } from './outcome.ts';
import { CORPUS, type CorpusCase, type CorpusFile } from './read.ts';

/** One for each `iss`, in all policies that trust it: keys take long to make. */
const issuers = new Map<string, Issuer>();
const influx = createInfluxEmulator({ databases: databasesOf(CORPUS) });

beforeAll(async () => {
  for (const { policy } of CORPUS) {
    for (const { issuer: iss } of Object.values(policy.issuers)) {
      if (!issuers.has(iss)) issuers.set(iss, await createIssuer({ iss }));
    }
  }
});

describe.each(CORPUS.map((file) => [file.name, file] as const))('%s', (_name, file) => {
  let worker: RunningWorker;
  beforeAll(async () => {
    worker = await runWorker(await readBundle(TEST_BUNDLE), {
      policy: JSON.stringify(await compiled(file.policyText)),
      secrets: {
        STS_KEY: btoa('k'.repeat(32)),
        INFLUXDB3_ADMIN_TOKEN: influx.adminToken,
        INFLUXDB3_SECOND_TOKEN: influx.adminToken,
      },
      network: (request) => {
        const issuer = [...issuers.values()].find(({ iss }) => request.url.startsWith(iss));
        return (issuer ?? influx).fetch(request);
      },
    });
  });
  afterAll(() => worker.stop());

  test.concurrent.each(file.cases.map((one) => [one.name, one] as const))('%s', async (_title, one) => {
    const reply = await worker.request('/v1/tokens', {
      method: 'POST',
      headers: { authorization: `Bearer ${await subjectToken(file, one)}`, 'content-type': 'application/json' },
      body: JSON.stringify(one.asked),
    });
    const body = (await reply.json()) as Record<string, unknown>;
    if (reply.status !== 201) {
      const { reason, detail, ...members } = body;
      expect(reply.status, String(detail)).toBe(WIRE[reason as Reason].status);
      return expectOutcome(one, { denied: String(reason), detail: String(detail), members });
    }
    // Real time passes between the minting and here.
    const { rule, instance, permissions, expires_in } = body;
    const expected = 'rule' in one.expect ? one.expect.ttl : 0;
    expect(expires_in).toBeGreaterThan(expected - 30);
    expect(expires_in).toBeLessThanOrEqual(expected);
    expectOutcome(one, {
      rule: String(rule),
      instance: String(instance),
      permissions: permissions as string[],
      ttl: expected,
    });
  });
});

function subjectToken({ policy }: CorpusFile, { issuer, claims }: CorpusCase): Promise<string> {
  const entry = policy.issuers[issuer]!;
  return issuers.get(entry.issuer)!.sign({ aud: entry.audience ?? policy.audience, ...claims });
}

/** Every database that a case is granted by name: InfluxDB makes no token for one that is not there. */
function databasesOf(files: readonly CorpusFile[]): string[] {
  const granted = files.flatMap(({ cases }) =>
    cases.flatMap(({ expect: expected, asked }) =>
      'rule' in expected ? (expected.permissions ?? asked.permissions ?? []) : [],
    ),
  );
  const names = granted.flatMap((text) => text.split(':')[1]!.split(','));
  return [...new Set(names)].filter((name) => name !== '*');
}
