// Threat class "Requested scope", for callers whom no rule knows. On a shared issuer that is everybody in the world: whatever they ask,
// they learn nothing of the policy, and InfluxDB hears nothing of them.

import { expect, test } from 'vitest';
import { AUDIENCE, BACKEND, createWorld, POLICY as DEFAULT_POLICY, type World } from '../world.ts';

const HEAD = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: ${BACKEND} }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
  second: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
`;
const QUESTIONS: readonly unknown[] = [
  undefined,
  {},
  { permissions: ['db:ci:write'] },
  { permissions: ['db:*:write'] },
  { permissions: ['db:_internal:read'] },
  { permissions: ['db:*:read', 'db:ci:read'] },
  { rule: 'ci' },
  { rule: 'never-from-forks' },
  { rule: 'unheard-of' },
  { instance: 'main' },
  { instance: 'unheard-of' },
  { ttl: 1 },
  { ttl: '9999d' },
  { permissions: ['db:ci:write'], rule: 'ci', instance: 'main', ttl: '1s' },
];
const answers = async (world: World) => {
  const seen = new Set<string>();
  for (const question of QUESTIONS) {
    for (const event_name of ['push', 'pull_request_target']) {
      const token = await world.ciToken({ repository_id: '654321', event_name });
      const { status, text, body, headers } = await world.vend(token, question);
      const names = [...headers.keys()].sort().join();
      seen.add(`${status} ${names} ${text.replaceAll(body.request_id, 'REQUEST_ID')}`);
    }
  }
  expect(world.influx.requests).toEqual([]);
  expect(world.events.map(({ reason, rule }) => [reason, rule])).toEqual(
    world.events.map(() => ['no_rule', undefined]),
  );
  expect(world.events).toHaveLength(QUESTIONS.length * 2);
  return [...seen];
};

test('a stranger gets one answer, whatever they name and whatever the policy is, and causes no call to InfluxDB', async () => {
  const policies = [
    DEFAULT_POLICY,
    `${HEAD}\nrules: []\n`,
    `${HEAD}\nrules:\n  - { name: x, issuer: github, when: { event_name: push }, deny: ["db:*:write"] }\n`,
    `${HEAD}\nrules:\n  - { name: x, issuer: github, instance: main, when: { repository_id: ["1", "2"] }, allow: ["db:{repository_id}:read"] }\n`,
  ];
  const seen = new Set<string>();
  for (const policy of policies) {
    for (const answer of await answers(await createWorld({ policy }))) seen.add(answer);
  }
  const [only, ...others] = [...seen];
  expect(others).toEqual([]);
  expect(only).toMatch(/^403 /);
  expect(only).toContain('no_rule');
  expect(only).toContain('654321');
});
