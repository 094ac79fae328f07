// The built Worker with a policy of ten thousand rules: to build it takes some seconds.

import { expect, test } from 'vitest';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { readBundle, runWorker } from './emulator/built-worker.ts';
import { createInfluxEmulator } from './emulator/influxdb.ts';
import { createIssuer } from './emulator/issuer.ts';
import { githubActions } from './emulator/personas.ts';
import { TEST_BUNDLE } from './global-setup.ts';
import { AUDIENCE, GITHUB, POLICY } from './world.ts';

test('starts with ten thousand rules and decides by the last of them', async () => {
  const rules = Array.from(
    { length: 10_000 },
    (_, at) => `  - { name: r${at}, issuer: github, when: { repository_id: "${at}" }, allow: ["db:ci_metrics:write"] }`,
  );
  const [head] = POLICY.split('rules:\n');
  const github = await createIssuer({ iss: GITHUB });
  const influx = createInfluxEmulator({ databases: ['ci_metrics'] });
  const { policy } = await compilePolicy(`${head}rules:\n${rules.join('\n')}\n`, { development: false });
  const large = await runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken },
    network: (request) => (request.url.startsWith(GITHUB) ? github : influx).fetch(request),
  });
  try {
    const subjectToken = await github.sign(githubActions({ aud: AUDIENCE, repository_id: '9999' }));
    const headers = { authorization: `Bearer ${subjectToken}` };
    const reply = await large.request('/v1/tokens', { method: 'POST', headers });
    expect([reply.status, ((await reply.json()) as { rule: string }).rule]).toEqual([201, 'r9999']);
  } finally {
    await large.stop();
  }
});
