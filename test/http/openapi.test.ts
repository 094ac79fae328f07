// The document of the API and its page: sound by the ecosystem's own validator, true to what is answered, and of use to a stock
// generator.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { generateApi } from 'swagger-typescript-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { failure } from '../../src/foundation/failure.ts';
import type { OpenApiDocument } from '../../src/http/openapi/schemas.ts';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { unconfigured } from '../../src/service/service.ts';
import { WIRE } from '../../src/web/problem.ts';
import { createChecker, operationsOf } from '../documented.ts';
import { type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { githubActions } from '../emulator/personas.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { AUDIENCE, createWorld, GITHUB, POLICY } from '../world.ts';

const influx = createInfluxEmulator({ databases: ['ci_metrics'] });
let github: Issuer;
let worker: RunningWorker;
let document: OpenApiDocument;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, '../../dist/generated-'));
  github = await createIssuer({ iss: GITHUB });
  const { policy } = await compilePolicy(POLICY, { development: false });
  worker = await runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken },
    network: (request) => (request.url.startsWith(GITHUB) ? github.fetch(request) : influx.fetch(request)),
  });
  document = (await (await worker.request('/openapi.json')).json()) as OpenApiDocument;
});
afterAll(async () => {
  await worker.stop();
  await rm(folder, { recursive: true });
});

const ciToken = () => github.sign(githubActions({ aud: AUDIENCE }));

describe('the document', () => {
  test('passes the validator of OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document) as never)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('names each operation once, and an id for each', () => {
    const ids = operationsOf(document).map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(document.paths).sort()).toEqual([
      '/.well-known/oauth-authorization-server',
      '/docs',
      '/healthz',
      '/oauth/revoke',
      '/oauth/token',
      '/openapi.json',
      '/readyz',
      '/v1/audit/events',
      '/v1/audit/events/{request_id}',
      '/v1/audit/usage',
      '/v1/explain',
      '/v1/switches',
      '/v1/switches/{id}',
      '/v1/tokens',
      '/v1/tokens/{name}',
      '/v1/whoami',
    ]);
  });

  test('refers to nothing that it does not hold, and holds nothing that is not referred to', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!);
    const general = ['MethodNotAllowedProblem', 'MethodNotAllowedError', 'NotFoundProblem', 'NotFoundError'];
    expect(
      Object.keys(document.components.schemas)
        .filter((name) => !references.includes(name))
        .sort(),
    ).toEqual(general.filter((name) => !references.includes(name)).sort());
    expect(references.filter((name) => document.components.schemas[name] === undefined)).toEqual([]);
  });

  test('closes every object that is not a table by nature', () => {
    const open: string[] = [];
    const walk = (value: unknown, at: string) => {
      if (typeof value !== 'object' || value === null) return;
      const { type, additionalProperties } = value as Record<string, unknown>;
      if (type === 'object' && additionalProperties !== false) open.push(at);
      for (const [key, inner] of Object.entries(value)) walk(inner, `${at}/${key}`);
    };
    walk(document.components.schemas, '');
    expect(open.sort()).toEqual([
      '/AuditEvents/properties/events/items/properties/claims',
      '/AuditEvents/properties/events/items/properties/query',
      '/AuditEvents/properties/events/items/properties/run',
      '/AuditEvents/properties/events/items/properties/subject',
      '/AuditEvents/properties/events/items/properties/sweep',
      '/AuditEvents/properties/events/items/properties/switch/properties/target/properties/claims',
      '/AuditRequest/properties/events/items/properties/claims',
      '/AuditRequest/properties/events/items/properties/query',
      '/AuditRequest/properties/events/items/properties/run',
      '/AuditRequest/properties/events/items/properties/subject',
      '/AuditRequest/properties/events/items/properties/sweep',
      '/AuditRequest/properties/events/items/properties/switch/properties/target/properties/claims',
      '/AuditRequest/properties/open/items/properties/claims',
      '/AuditRequest/properties/open/items/properties/query',
      '/AuditRequest/properties/open/items/properties/run',
      '/AuditRequest/properties/open/items/properties/subject',
      '/AuditRequest/properties/open/items/properties/switch/properties/target/properties/claims',
      '/Document',
      '/Document/properties/info',
      '/Document/properties/paths',
      '/ExplainRequest/properties/claims',
      '/Explanation/properties/switched_off/anyOf/0/items/properties/target/properties/claims',
      '/Identity/properties/claims',
      '/Identity/properties/subject',
      '/Identity/properties/switched_off/anyOf/0/items/properties/target/properties/claims',
      '/NoRuleError/properties/identity',
      '/NoRuleProblem/properties/identity',
      '/Switch/properties/target/properties/claims',
      '/SwitchRequest/properties/target/oneOf/4/properties/claims',
      '/SwitchedOff/properties/switch/anyOf/0/properties/target/properties/claims',
      '/SwitchedOffError/properties/switched_off/properties/target/properties/claims',
      '/SwitchedOffProblem/properties/switched_off/properties/target/properties/claims',
      '/Switches/properties/switches/items/properties/target/properties/claims',
    ]);
  });

  test('says what each field of an explanation and its rules means, and what a lease is', () => {
    type Described = { description?: string; items?: { properties: Record<string, Described> } };
    const { properties } = document.components.schemas.Explanation as { properties: Record<string, Described> };
    const rule = properties.rules!.items!.properties;
    const fields = { ...rule, ...rule.conditions!.items!.properties, request_id: properties.request_id! };
    const silent = Object.entries({ ...fields, detail: properties.detail! }).filter(([, one]) => !one.description);
    expect(silent.map(([name]) => name)).toEqual([]);
    const { description } = operationsOf(document).find(({ operationId }) => operationId === 'vendToken')!;
    expect(description).toContain('its lease, which can revoke that token and do nothing else');
  });

  test('has examples that fit their schemas', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    (formats as unknown as (on: Ajv2020) => void)(ajv);
    ajv.addSchema(document, 'document');
    const contents = operationsOf(document).flatMap(({ requestBody, responses }) =>
      [requestBody, ...Object.values(responses)].flatMap((one) => Object.values(one?.content ?? {})),
    );
    let examples = 0;
    for (const { schema, example, examples: more = {} } of contents) {
      const { $ref, oneOf } = schema as { $ref?: string; oneOf?: { $ref: string }[] };
      const wanted =
        $ref === undefined
          ? { oneOf: oneOf!.map((one) => ({ $ref: `document${one.$ref}` })) }
          : { $ref: `document${$ref}` };
      const validate = ajv.compile(wanted);
      const all = [
        ...(example === undefined ? [] : [example]),
        ...Object.values(more).map((one) => (one as { value: unknown }).value),
      ];
      for (const one of all) {
        expect({ example: one, errors: validate(one) ? null : validate.errors }).toEqual({
          example: one,
          errors: null,
        });
        examples++;
      }
    }
    expect(examples).toBeGreaterThan(100);
  });

  test('is the same whatever the policy is, and says nothing of it', async () => {
    const world = await createWorld({
      policy: POLICY.replaceAll('ci-metrics', 'secret-rule').replaceAll('main:', 'vault:'),
    });
    const reply = await world.request('/openapi.json');
    expect(reply.body).toEqual(document);
    expect(reply.text).not.toMatch(/secret-rule|vault|tenant_/);
    expect([world.events, world.calls]).toEqual([[], []]);
  });

  test('is there while the service is not configured, like the page', async () => {
    const fault = failure('misconfigured', 'x').failure;
    const runtime = { now: () => 0, random: (size: number) => new Uint8Array(size) } as never;
    const app = createApp(
      unconfigured(fault, () => undefined, runtime),
      runtime,
    );
    expect((await app.request('/openapi.json')).status).toBe(200);
    expect((await app.request('/docs')).status).toBe(200);
    const metadata = await app.request('/.well-known/oauth-authorization-server');
    expect([metadata.status, await metadata.json()]).toMatchObject([503, { reason: 'misconfigured' }]);
  });
});

test('the built Worker answers as documented, whether it grants or refuses', async () => {
  const checker = createChecker(document);
  const ask = async (method: string, path: string, init: RequestInit = {}) => {
    const response = await worker.request(path, { ...init, method });
    const { status, headers } = response;
    const text = await response.text();
    checker.check({ method, path, status, headers, text });
    return { status, body: headers.get('content-type')?.includes('json') ? JSON.parse(text) : null };
  };
  const authorized = async (more = {}) => ({ headers: { authorization: `Bearer ${await ciToken()}`, ...more } });
  const json = { 'content-type': 'application/json' };
  const form = async (more: Record<string, string> = {}) => ({
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await ciToken(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      ...more,
    }),
  });
  const { body: first } = await ask('POST', '/v1/tokens', await authorized());
  const { body: second } = await ask('POST', '/oauth/token', await form());
  const lease = { headers: { authorization: `Bearer ${first.lease}` } };
  const statuses = [
    await ask('GET', '/v1/tokens', await authorized()),
    await ask('POST', '/v1/explain', await authorized()),
    await ask('GET', '/v1/whoami', await authorized()),
    await ask('DELETE', `/v1/tokens/${first.name}`, lease),
    await ask('POST', '/oauth/revoke', { body: new URLSearchParams({ token: second.access_token }) }),
    await ask('GET', '/.well-known/oauth-authorization-server'),
    await ask('GET', '/healthz'),
    await ask('GET', '/readyz'),
    await ask('GET', '/openapi.json'),
    await ask('GET', '/docs'),
    await ask('POST', '/v1/tokens'),
    await ask('POST', '/v1/tokens', { ...(await authorized(json)), body: '{"scope":1}' }),
    await ask('POST', '/v1/tokens', { ...(await authorized(json)), body: '{"permissions":["db:other:read"]}' }),
    await ask('POST', '/v1/tokens', { ...(await authorized()), body: 'x' }),
    await ask('PATCH', '/v1/tokens'),
    await ask('GET', '/nowhere'),
    await ask('POST', '/oauth/token', await form({ scope: 'db:other:read' })),
    await ask('POST', '/oauth/token', await form({ nonsense: 'x' })),
    await ask('POST', '/oauth/revoke', { body: new URLSearchParams({ token: 'stsl_x' }) }),
    await ask('GET', '/oauth/token'),
  ].map(({ status }) => status);
  // It is not ready: the policy's other issuer cannot be reached here.
  expect(statuses).toEqual([
    200, 200, 200, 204, 200, 200, 200, 503, 200, 200, 401, 400, 403, 415, 405, 404, 403, 400, 400, 405,
  ]);
  expect(influx.tokens()).toEqual([]);
});

test('a client that a stock generator makes of it vends a token from the running Worker, and revokes it', async () => {
  const spec = join(folder, 'openapi.json');
  await writeFile(spec, JSON.stringify(document));
  await generateApi({ input: spec, output: folder, fileName: 'client.ts', httpClientType: 'fetch', silent: true });
  // biome-ignore lint/suspicious/noExplicitAny: the compiler has not seen what is generated here.
  const { Api } = (await import(pathToFileURL(join(folder, 'client.ts')).href)) as any;
  const api = new Api({ baseUrl: worker.url });
  const authorized = async () => ({ headers: { authorization: `Bearer ${await ciToken()}` }, format: 'json' });
  const { data: token } = await api.v1.vendToken(
    { permissions: ['db:ci_metrics:write'], ttl: '5m' },
    await authorized(),
  );
  expect(token).toMatchObject({ rule: 'ci-metrics', shared: false });
  expect(influx.tokens().map(({ name }) => name)).toEqual([token.name]);
  const { data: page } = await api.v1.listTokens({}, await authorized());
  expect(page.tokens.map(({ name }: { name: string }) => name)).toEqual([token.name]);
  await api.v1.revokeToken(token.name, { headers: { authorization: `Bearer ${token.lease}` } });
  expect(influx.tokens()).toEqual([]);
  const code = await readFile(join(folder, 'client.ts'), 'utf8');
  expect(code).toMatch(/export interface Token \{/);
  const refusal = await api.v1.vendToken({}, { headers: { authorization: 'Bearer x' } }).catch((one: unknown) => one);
  expect(refusal).toMatchObject({ status: 401 });
});

describe('the page', () => {
  test('shows every operation and every reason, each at an address of its own, with a call to paste', async () => {
    const response = await worker.request('/docs');
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const { operationId } of operationsOf(document)) expect(html).toContain(`<article id="${operationId}">`);
    for (const reason of Object.keys(WIRE)) {
      expect(html).toContain(`<tr id="${reason}">`);
    }
    expect(html.match(/curl -sS /g)).toHaveLength(operationsOf(document).length);
    const anchors = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!);
    expect(anchors.filter((id) => !html.includes(`id="${id}"`))).toEqual([]);
  });

  test('lays the rows of tables out as blocks on a narrow screen, where columns would not fit', async () => {
    const html = await (await worker.request('/docs')).text();
    const narrow = /@media \(max-width: 52rem\) \{([\s\S]*?)\n\}/.exec(html)![1]!;
    expect(narrow).toContain('tbody, tr, tr > * { display: block; }');
  });

  test('has one style sheet, which its policy names, and neither script nor form nor anything from elsewhere', async () => {
    const response = await worker.request('/docs');
    const html = await response.text();
    const policy = response.headers.get('content-security-policy')!;
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(html)!;
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))).toString(
      'base64',
    );
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(html).not.toMatch(/<script|<form|<img|<iframe|<link|\son\w+=|style="|src=|url\(|@import/);
    expect([...html.matchAll(/href="([^"#]+)"/g)].map(([, href]) => href)).toEqual(['/ui', '/openapi.json']);
  });

  test('folds its contents away on a narrow screen, breaks long lines, and begins with a token for the commonest callers', async () => {
    const html = await (await worker.request('/docs')).text();
    expect(html).toContain('<details class="contents"><summary>Contents</summary>');
    expect(html).toMatch(/<a class="group" href="#reasons">/);
    expect(html).toMatch(/\npre \{[^}]*white-space: pre-wrap; overflow-wrap: anywhere;/);
    const first = html.indexOf('id="three-lines"');
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(html.indexOf('<article'));
    const blocks = [...html.slice(first, html.indexOf('<article')).matchAll(/<pre class="call"><code>(.*?)<\/code>/gs)];
    expect(blocks.map(([, lines]) => lines!.split('\n').length)).toEqual([3, 2, 2]);
  });
});

describe('an answer that the document does not tell of', () => {
  const seen = { method: 'POST', path: '/v1/whoami', status: 200, headers: new Headers(), text: '' };
  const json = { 'x-request-id': 'x', 'content-type': 'application/json' };
  const health = { ...seen, method: 'GET', path: '/healthz', headers: new Headers(json), text: '{"status":"ok"}' };
  test.each([
    ['without a request id', { ...health, headers: new Headers({ 'content-type': 'application/json' }) }],
    ['with a field too many', { ...health, text: '{"status":"ok","more":1}' }],
    ['with a field too few', { ...health, text: '{}' }],
    ['with another content type', { ...health, headers: new Headers({ ...json, 'content-type': 'text/plain' }) }],
    ['with another status', { ...health, status: 201 }],
    ['with another method', { ...health, method: 'PATCH' }],
    ['at another address', { ...health, path: '/healthzz' }],
  ])('%s fails the test that meets it', (_, answer) => {
    const checker = createChecker(document);
    checker.check(health);
    expect(() => checker.check(answer)).toThrow();
  });
});

test('an address where nothing is says where tokens are asked for, and where every address is listed', async () => {
  const { detail } = (await (await worker.request('/token')).json()) as { detail: string };
  expect(detail).toBe(
    'There is nothing at this address. Tokens are asked for by POST /v1/tokens; GET /docs lists every address.',
  );
});
