// Threat class "Requested scope", the way a request comes in: its content type, method, path, parameters and headers, and the name that
// its token gets. The body is in requested-body.test.ts.

import { describe, expect, test } from 'vitest';
import { createWorld, expectRefusal } from '../world.ts';
import { createPair, job, sendAsJob } from './pair.ts';

const { granted, refusing, granting } = createPair({});
const JSON_TYPE = { 'content-type': 'application/json' };
const OWN = '{"permissions":["db:ci_metrics:write"]}';

describe('the content type', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/problem+json',
    'application/json-patch+json',
    'application/json, text/plain',
    'text/json',
    'json',
    '*/*',
    ';application/json',
  ])('is not supported as %s', async (type) => {
    const world = refusing();
    const reply = await sendAsJob(world, { headers: { 'content-type': type }, body: OWN });
    expectRefusal(world, reply, 415, 'content_type_unsupported');
  });

  test('is not supported when it is missing', async () => {
    const world = refusing();
    const reply = await sendAsJob(world, { body: new TextEncoder().encode(OWN) });
    expectRefusal(world, reply, 415, 'content_type_unsupported');
  });

  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="utf-8";x=y',
    'application/json;',
  ])('is supported as %s, and the body is read', async (type) => {
    const body = '{"ttl":"61s","permissions":["db:ci_metrics:write"]}';
    const reply = await sendAsJob(granting(), { headers: { 'content-type': type }, body });
    expect([reply.status, reply.body.expires_in]).toEqual([201, 61]);
    const world = refusing();
    const other = await sendAsJob(world, {
      headers: { 'content-type': type },
      body: '{"permissions":["db:other:write"]}',
    });
    expectRefusal(world, other, 403, 'not_granted');
  });

  test('is of no matter without a body', async () => {
    const reply = await sendAsJob(granting(), { headers: { 'content-type': 'text/plain' } });
    expect(reply.status).toBe(201);
  });
});

describe('the method and the path', () => {
  test.each(['PUT', 'PATCH', 'OPTIONS', 'TRACE2'])('%s is not allowed, and is recorded', async (method) => {
    const world = refusing();
    const reply = await sendAsJob(world, { method });
    expectRefusal(world, reply, 405, 'method_not_allowed');
    expect(reply.headers.get('allow')?.split(/, */)).toContain('POST');
  });

  test('is not overridden by a header or a parameter', async () => {
    const world = refusing();
    const reply = await sendAsJob(
      world,
      { method: 'PUT', headers: { 'x-http-method-override': 'POST', 'x-http-method': 'POST' } },
      '/v1/tokens?_method=POST',
    );
    expectRefusal(world, reply, 405, 'method_not_allowed');
  });

  test.each([
    '/',
    '/v1',
    '/v1/token',
    '/v1/tokens/',
    '/V1/tokens',
    '/v1//tokens',
    '//v1/tokens',
    '/v1/tokens%2f',
    '/v1/tokens.json',
    '/v2/tokens',
    '/v1/tokens/../tokens/',
  ])('%s leads nowhere, and is no event', async (path) => {
    const world = refusing();
    const reply = await sendAsJob(world, { headers: JSON_TYPE, body: OWN }, path);
    expect([reply.status, reply.body.reason]).toEqual([404, 'not_found']);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(world.events).toEqual([]);
    expect(world.calls).toEqual([]);
  });
});

describe('what is not in the body', () => {
  test('does not choose the upstream, the rule, the ttl or the permissions', async () => {
    const world = await createWorld();
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
      'x-instance': 'other',
      'x-influxdb-url': 'https://evil.example',
      'x-permissions': 'db:*:write',
      'x-ttl': '1d',
      cookie: 'rule=other; ttl=1d',
    };
    const reply = await sendAsJob(
      world,
      { headers },
      '/v1/tokens?instance=other&url=https://evil.example&ttl=1d&rule=other&permissions=db:*:write',
    );
    expect([reply.status, reply.body.rule, reply.body.expires_in, reply.body.permissions]).toEqual([
      201,
      'ci-metrics',
      900,
      ['db:ci_metrics:write'],
    ]);
    expect(world.calls).not.toContain('evil.example');
    expect(new Set(world.influx.requests.map(({ path }) => path))).toEqual(
      new Set(['/api/v3/enterprise/configure/token']),
    );
  });
});

test('names upstream cannot be foretold, and hold nothing personal', async () => {
  const names = new Set<string>();
  for (let at = 0; at < 20; at++) {
    const { body } = await granted(job, { actor: 'acme-developer' }, undefined, 'ci-metrics');
    names.add(body.name);
  }
  expect(names.size).toBe(20);
  for (const name of names) {
    expect(name).toMatch(/^sts\.main\.ci-metrics\.o[a-z2-7]{26}\.[0-9A-Za-z]{26}\.[a-z2-7]{16}$/);
    for (const personal of ['acme-developer', '123456', 'refs']) expect(name).not.toContain(personal);
  }
});
