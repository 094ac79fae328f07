// Threat class "Requested scope", the request itself: the form and the size of its body. What it asks for is in
// requested-scope.test.ts, the rest of it in requested-route.test.ts.

import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../world.ts';
import { createPair, job, sendAsJob } from './pair.ts';

const { refused, granted, refusing } = createPair({});
const JSON_TYPE = { 'content-type': 'application/json' };
const OWN = '{"permissions":["db:ci_metrics:write"]}';

describe('a body that says one thing twice, or something unknown,', () => {
  test.each([
    '{"ttl":60,"ttl":90}',
    '{"permissions":["db:ci_metrics:write"],"permissions":["db:_internal:read"]}',
    '{"rule":"ci-metrics","\\u0072ule":"ci-metrics"}',
    '{"ttl":60,"tt\\u006c":60}',
    '{"unknown":1}',
    '{"Permissions":["db:ci_metrics:write"]}',
    '{"permission":["db:ci_metrics:write"]}',
    '{"scope":"db:ci_metrics:write"}',
    '{"url":"https://evil.example"}',
    '{"admin_token":"x"}',
    '{"expiry_secs":null}',
    '{"claims":{"repository_id":"1"}}',
    '{"issuer":"backend"}',
    '{"__proto__":{"ttl":1}}',
    '{"__proto__":null}',
    '{"\\u005f_proto__":{}}',
    '{"constructor":{"prototype":{"ttl":1}}}',
    '{"toString":1}',
    '{"hasOwnProperty":1}',
    '{"":1}',
  ])('is malformed: %s', async (body) => {
    await refused(job, {}, body, 400, 'request_malformed');
  });
});

describe('a body of the wrong form', () => {
  test.each([
    'null',
    'true',
    '1',
    '"db:ci_metrics:write"',
    '[]',
    `[${OWN}]`,
    '{',
    ' ',
    '{}{}',
    '{} x',
    `${OWN},`,
    `${OWN}\u0000`,
    `\uFEFF${OWN}`,
    "{'ttl':60}",
    '{ttl:60}',
    '{"ttl":60,}',
    '{"ttl":060}',
    '{"ttl":+60}',
    '{"ttl":NaN}',
    '{"ttl":-1e400}',
    '// a comment\n{}',
    '{"permissions":"db:ci_metrics:write"}',
    '{"permissions":null}',
    '{"permissions":[]}',
    '{"permissions":{}}',
    '{"permissions":[null]}',
    '{"permissions":[1]}',
    '{"permissions":[["db:ci_metrics:write"]]}',
    '{"permissions":[{"resource_type":"db"}]}',
    '{"rule":1}',
    '{"rule":null}',
    '{"rule":""}',
    '{"rule":["ci-metrics"]}',
    '{"instance":{}}',
    `{"rule":"${'a'.repeat(65)}"}`,
    `${'['.repeat(4_000)}${']'.repeat(4_000)}`,
    `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
  ])('is malformed: %s', async (body) => {
    await refused(job, {}, body, 400, 'request_malformed');
  });

  test('is malformed when it is not UTF-8', async () => {
    for (const bytes of [
      [0xff, 0xfe, 0x7b, 0],
      [0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      const world = refusing();
      world.events.length = 0;
      const reply = await sendAsJob(world, { headers: JSON_TYPE, body: new Uint8Array(bytes) });
      expectRefusal(world, reply, 400, 'request_malformed');
    }
  });

  test('stands beside those that are granted', async () => {
    for (const body of [undefined, '', '{}', ' {\n} ', OWN, '{"ttl":"900","rule":"ci-metrics","instance":"main"}']) {
      await granted(job, {}, body, 'ci-metrics');
    }
  });
});

describe('a long list', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `db:d${at}:read`);
  const list = (count: number) => Array.from({ length: count }, () => 'db:ci_metrics:write');

  test('is malformed above 64 permissions, one by one or joined', async () => {
    await refused(job, {}, { permissions: many(65) }, 400, 'request_malformed');
    const joined = `db:${many(33)
      .map((text) => text.split(':')[1])
      .join(',')}:read,write`;
    await refused(job, {}, { permissions: [joined] }, 400, 'request_malformed');
    await refused(job, {}, { permissions: list(65) }, 400, 'request_malformed');
  });

  test('is decided up to that', async () => {
    await refused(job, {}, { permissions: many(64) }, 403, 'not_granted');
    await granted(job, {}, { permissions: list(64) }, 'ci-metrics');
  });

  test('of names and actions does not multiply', async () => {
    const names = Array.from({ length: 3_500 }, () => 'a').join(',');
    const actions = Array.from({ length: 1_700 }, () => 'read').join(',');
    const start = performance.now();
    await refused(job, {}, { permissions: [`db:${names}:${actions}`] }, 403, 'not_granted');
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('the size of a body', () => {
  const padded = (bytes: number) => OWN.replace('{', `{${' '.repeat(bytes - OWN.length)}`);

  test('may be 16 KiB and not a byte more, declared or not', async () => {
    await granted(job, {}, padded(16 * 1024), 'ci-metrics');
    await refused(job, {}, padded(16 * 1024 + 1), 413, 'body_too_large');
    await refused(job, {}, padded(1024 * 1024), 413, 'body_too_large');
    const world = refusing();
    world.events.length = 0;
    const stream = new Blob([padded(64 * 1024)]).stream();
    const init: RequestInit & { duplex: string } = { headers: JSON_TYPE, body: stream, duplex: 'half' };
    expectRefusal(world, await sendAsJob(world, init), 413, 'body_too_large');
  });
});
