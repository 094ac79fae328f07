// Each answer and each reason that the document tells of is really given by some request. That nothing else is ever given, the world
// sees to with every answer of every test.

import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { failure, type Reason } from '../../src/foundation/failure.ts';
import { apiDocument } from '../../src/http/openapi/document.ts';
import { type Service, unconfigured } from '../../src/service/service.ts';
import { createChecker, documentedReasons, operationsOf } from '../documented.ts';
import { FORM, ID_TOKEN, TOKEN_EXCHANGE } from '../oauth/form.ts';
import { createWorld, type Reply, type World, type WorldOptions } from '../world.ts';
import {
  type Asked,
  BY_REQUEST,
  BY_SUBJECT_TOKEN,
  OPERATORS,
  type Provocation,
  WITHOUT_ADMIN_TOKEN,
} from './provoke.ts';

type Send = (request: World['request'], asked: Asked) => Promise<Reply>;

interface Case {
  readonly send: Send;
  readonly reasons: Partial<Record<Reason, Provocation | Provoked>>;
  /** The other answers that are documented, by status. */
  readonly answers: Readonly<Record<number, Provoked>>;
}
/** A request of its own kind. */
type Provoked = () => Promise<Reply>;

const bearer = ({ subjectToken }: Asked): Record<string, string> =>
  subjectToken === null ? {} : { authorization: `Bearer ${subjectToken}` };

const get =
  (path: string): Send =>
  (request, asked) =>
    request(path, { headers: bearer(asked) });

const postJson =
  (path: string): Send =>
  (request, asked) =>
    request(path, {
      method: 'POST',
      headers: { ...bearer(asked), 'content-type': asked.contentType ?? 'application/json' },
      ...(asked.body === undefined
        ? {}
        : { body: typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body) }),
    });

const postForm: Send = (request, { subjectToken, body = {}, contentType = FORM }) => {
  const fields = typeof body === 'string' ? {} : body;
  const { permissions, instance, ...rest } = fields as { permissions?: string[]; instance?: string };
  const form = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    subject_token_type: ID_TOKEN,
    ...(subjectToken === null ? {} : { subject_token: subjectToken }),
    ...(permissions === undefined ? {} : { scope: permissions.join(' ') }),
    ...(instance === undefined ? {} : { resource: instance }),
    ...rest,
  });
  const text = typeof body === 'string' ? body : form.toString();
  return request('/oauth/token', { method: 'POST', headers: { 'content-type': contentType }, body: text });
};

const open = () => createWorld({ policy: OPERATORS });
const ask =
  (send: Send, body?: Asked['body'], claims = {}): Provoked =>
  async () => {
    const world = await open();
    return send(world.request, { subjectToken: await world.ciToken(claims), ...(body === undefined ? {} : { body }) });
  };
/** A request of an operator. */
const asOperator =
  (
    act: (world: World & { readonly operator: Asked }) => Promise<Reply>,
    options: Parameters<typeof createWorld>[0] = {},
  ): Provoked =>
  async () => {
    const world = await createWorld({ policy: OPERATORS, ...options });
    return act({ ...world, operator: { subjectToken: await world.backendToken({ sub: 'dba-1', role: 'dba' }) } });
  };
const NO_SUCH_REQUEST = '01JDCM6W0000000000000000AA';
const usage =
  (stores: NonNullable<Parameters<typeof createWorld>[0]>['stores'] = (memory) => memory): Provoked =>
  async () => {
    const world = await createWorld({ policy: OPERATORS, stores });
    return get('/v1/audit/usage')(world.request, { subjectToken: await world.backendToken({ sub: 'x', role: 'dba' }) });
  };
const STRANGER = { repository_id: '9', repository_owner_id: '9' };

/** A token of the caller's own is to be revoked, in a world that may since have changed. */
const revokeOwn =
  (
    options: Parameters<typeof createWorld>[0] = {},
    change: (world: World) => World | undefined = () => undefined,
  ): Provoked =>
  async () => {
    const world = await createWorld({ policy: OPERATORS, ...options });
    const { body } = await world.vend(await world.ciToken());
    const changed = change(world) ?? world;
    return changed.request(`/v1/tokens/${body.name}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${body.lease}` },
    });
  };
const failDelete = (world: World) => {
  world.influx.faults.next('delete', { kind: 'reset' });
  return undefined;
};
/** One node makes the token, another is to delete it. */
const CLUSTER: Parameters<typeof createWorld>[0] = {
  policy: OPERATORS.replace('admin_token:', 'sync_interval: 10s, admin_token:'),
  influx: { databases: ['ci_metrics'], nodes: 2, syncIntervalMs: 10_000 },
  upstream: (request, influx) => influx.fetch(request, request.method === 'DELETE' ? 1 : 0),
};

const revokeForm =
  (form: (world: World) => Promise<string>, options: Parameters<typeof createWorld>[0] = {}, type = FORM): Provoked =>
  async () => {
    const world = await createWorld({ policy: OPERATORS, ...options });
    const body = await form(world);
    return world.request('/oauth/revoke', { method: 'POST', headers: { 'content-type': type }, body });
  };
const leased = async (world: World) => `token=${(await world.vend(await world.ciToken())).body.lease}`;
const UNKNOWN_TOKEN = `token=apiv3_${'B'.repeat(85)}A`;

const SWITCH_OFF = { target: { kind: 'rule', name: 'ci-metrics' }, why: 'a leak' };
/** The persona of `OPERATORS` who is one. */
const operator = (world: World) => world.backendToken({ sub: 'operator', role: 'dba' });
const switching =
  (
    send: (id: string) => Send,
    { body, stores }: { readonly body?: unknown; readonly stores?: WorldOptions['stores'] } = {},
  ): Provoked =>
  async () => {
    const world = await createWorld({ policy: OPERATORS, ...(stores === undefined ? {} : { stores }) });
    const subjectToken = await operator(world);
    const set = await postJson('/v1/switches')(world.request, { subjectToken, body: SWITCH_OFF } as Asked);
    return send(set.body?.switch?.id ?? 'x')(world.request, {
      subjectToken,
      ...(body === undefined ? {} : { body }),
    } as Asked);
  };
const remove =
  (path: string): Send =>
  (request, asked) =>
    request(path, { method: 'DELETE', headers: bearer(asked) });
/** A gate that never has the list: what is switched is not in force everywhere. */
const deafGate: WorldOptions['stores'] = (memory) => {
  const deaf = Promise.resolve({ missing: { gates: ['c'], open: 0 }, revocation: null });
  return {
    ...memory,
    board: { ...memory.board, set: (...call) => memory.board.set(...call).then(() => deaf), lift: () => deaf },
  };
};
const boardDown: WorldOptions['stores'] = (memory) => {
  const down = () => Promise.reject(new Error('down'));
  return { ...memory, board: { ...memory.board, set: down, lift: down, list: down } };
};
const whoMaySwitch = (send: Send): Case['reasons'] => ({
  ...BY_SUBJECT_TOKEN,
  no_rule: ask(send, SWITCH_OFF, STRANGER),
  operator_required: ask(send, SWITCH_OFF),
  state_unavailable: switching(() => send, { body: SWITCH_OFF, stores: boardDown }),
});

const CASES: Readonly<Record<string, Case>> = {
  switchOff: {
    send: (request, asked) => postJson('/v1/switches')(request, { body: SWITCH_OFF, ...asked }),
    reasons: {
      ...whoMaySwitch(postJson('/v1/switches')),
      request_malformed: ask(postJson('/v1/switches'), { target: 'nonsense' }),
      body_too_large: ask(postJson('/v1/switches'), 'x'.repeat(33 * 1024)),
      content_type_unsupported: switching(
        () => (request, asked) => postJson('/v1/switches')(request, { ...asked, body: 'x', contentType: 'text/plain' }),
      ),
    },
    answers: {
      200: switching(() => postJson('/v1/switches'), { body: SWITCH_OFF }),
      202: switching(() => postJson('/v1/switches'), { body: SWITCH_OFF, stores: deafGate }),
    },
  },
  listSwitches: {
    send: get('/v1/switches'),
    reasons: whoMaySwitch(get('/v1/switches')),
    answers: { 200: switching(() => get('/v1/switches')) },
  },
  showSwitch: {
    send: get('/v1/switches/x'),
    reasons: { ...whoMaySwitch(get('/v1/switches/x')), not_found: switching(() => get('/v1/switches/x')) },
    answers: { 200: switching((id) => get(`/v1/switches/${id}`)) },
  },
  switchOn: {
    send: remove('/v1/switches/x'),
    reasons: { ...whoMaySwitch(remove('/v1/switches/x')), not_found: switching(() => remove('/v1/switches/x')) },
    answers: {
      200: switching((id) => remove(`/v1/switches/${id}`)),
      202: switching((id) => remove(`/v1/switches/${id}`), { stores: deafGate }),
    },
  },
  vendToken: {
    send: postJson('/v1/tokens'),
    reasons: { ...BY_REQUEST, misconfigured: WITHOUT_ADMIN_TOKEN },
    answers: { 201: ask(postJson('/v1/tokens')) },
  },
  exchangeToken: {
    send: postForm,
    reasons: { ...BY_REQUEST, misconfigured: WITHOUT_ADMIN_TOKEN },
    answers: { 200: ask(postForm) },
  },
  listTokens: {
    send: get('/v1/tokens'),
    reasons: {
      ...BY_SUBJECT_TOKEN,
      request_malformed: ask(get('/v1/tokens?nonsense=1')),
      no_rule: ask(get('/v1/tokens'), undefined, STRANGER),
      operator_required: ask(get('/v1/tokens?all=true')),
      instance_unknown: ask(get('/v1/tokens?instance=nowhere')),
    },
    answers: { 200: ask(get('/v1/tokens')) },
  },
  revokeToken: {
    send: (request, asked) => request('/v1/tokens/nonsense', { method: 'DELETE', headers: bearer(asked) }),
    reasons: {
      ...BY_SUBJECT_TOKEN,
      not_found: ask((request, asked) => request('/v1/tokens/x', { method: 'DELETE', headers: bearer(asked) })),
      misconfigured: revokeOwn({}, (world) => world.restart({ INFLUXDB3_ADMIN_TOKEN: 'none' })),
      upstream_unreachable: revokeOwn({}, failDelete),
      state_unavailable: revokeOwn({
        ...CLUSTER,
        stores: (memory) => ({ ...memory, deletions: { schedule: () => Promise.reject(new Error('down')) } }),
      }),
    },
    answers: { 204: revokeOwn(), 202: revokeOwn(CLUSTER) },
  },
  explainDecision: {
    send: postJson('/v1/explain'),
    reasons: {
      ...BY_SUBJECT_TOKEN,
      request_malformed: BY_REQUEST.request_malformed!,
      body_too_large: BY_REQUEST.body_too_large!,
      content_type_unsupported: BY_REQUEST.content_type_unsupported!,
      no_rule: ask(postJson('/v1/explain'), { claims: {}, issuer: 'github' }, STRANGER),
      operator_required: ask(postJson('/v1/explain'), { claims: {}, issuer: 'github' }),
    },
    answers: { 200: ask(postJson('/v1/explain')) },
  },
  showUsage: {
    send: get('/v1/audit/usage'),
    reasons: {
      ...BY_SUBJECT_TOKEN,
      no_rule: ask(get('/v1/audit/usage'), undefined, STRANGER),
      operator_required: ask(get('/v1/audit/usage')),
      state_unavailable: usage((memory) => ({
        ...memory,
        gates: (digit) => ({ ...memory.gates(digit), usage: () => Promise.reject(new Error('down')) }),
      })),
    },
    answers: { 200: usage() },
  },
  whoAmI: { send: get('/v1/whoami'), reasons: BY_SUBJECT_TOKEN, answers: { 200: ask(get('/v1/whoami')) } },
  revokeByToken: {
    send: (request) =>
      request('/oauth/revoke', { method: 'POST', headers: { 'content-type': FORM }, body: UNKNOWN_TOKEN }),
    reasons: {
      request_malformed: revokeForm(async () => 'token=x&nonsense=1'),
      token_missing: revokeForm(async () => ''),
      token_malformed: revokeForm(async () => 'token=stsl_x'),
      body_too_large: revokeForm(async () => 'x'.repeat(33 * 1024)),
      content_type_unsupported: revokeForm(leased, {}, 'text/plain'),
      rate_limited: revokeForm(async () => UNKNOWN_TOKEN, {
        stores: (memory) => ({ ...memory, revocations: { take: async () => false } }),
      }),
      state_unavailable: revokeForm(async () => UNKNOWN_TOKEN, {
        stores: (memory) => ({ ...memory, revocations: { take: () => Promise.reject(new Error('down')) } }),
      }),
      upstream_unreachable: revokeForm(async () => UNKNOWN_TOKEN, {
        upstream: () => Promise.reject(new TypeError('down')),
      }),
    },
    answers: { 200: revokeForm(leased) },
  },
  readAuditEvents: {
    send: get('/v1/audit/events'),
    reasons: {
      ...BY_SUBJECT_TOKEN,
      request_malformed: ask(get('/v1/audit/events?since=yesterday')),
      no_rule: ask(get('/v1/audit/events'), undefined, STRANGER),
      operator_required: ask(get('/v1/audit/events')),
    },
    answers: { 200: asOperator((world) => get('/v1/audit/events')(world.request, world.operator)) },
  },
  showAuditRequest: {
    send: get(`/v1/audit/events/${NO_SUCH_REQUEST}`),
    reasons: {
      ...BY_SUBJECT_TOKEN,
      no_rule: ask(get(`/v1/audit/events/${NO_SUCH_REQUEST}`), undefined, STRANGER),
      operator_required: ask(get(`/v1/audit/events/${NO_SUCH_REQUEST}`)),
      not_found: asOperator(({ request, operator }) => get(`/v1/audit/events/${NO_SUCH_REQUEST}`)(request, operator)),
      state_unavailable: asOperator(
        ({ request, operator }) => get(`/v1/audit/events/${NO_SUCH_REQUEST}`)(request, operator),
        {
          stores: (memory) => ({
            ...memory,
            gates: (digit) => ({ ...memory.gates(digit), search: () => Promise.reject(new Error('down')) }),
          }),
        },
      ),
    },
    answers: {
      200: asOperator(async ({ request, operator, vend, ciToken }) => {
        const { headers } = await vend(await ciToken());
        return get(`/v1/audit/events/${headers.get('x-request-id')}`)(request, operator);
      }),
    },
  },
  showMetadata: {
    send: get('/.well-known/oauth-authorization-server'),
    reasons: {},
    answers: { 200: ask(get('/.well-known/oauth-authorization-server')) },
  },
  checkHealth: { send: get('/healthz'), reasons: {}, answers: { 200: ask(get('/healthz')) } },
  checkReadiness: {
    send: get('/readyz'),
    reasons: {},
    answers: {
      200: ask(get('/readyz')),
      503: async () => (await createWorld({ env: { INFLUXDB3_ADMIN_TOKEN: 'none' } })).request('/readyz'),
    },
  },
  showDocument: { send: get('/openapi.json'), reasons: {}, answers: { 200: ask(get('/openapi.json')) } },
  showDocs: { send: get('/docs'), reasons: {}, answers: { 200: ask(get('/docs')) } },
};

const document = apiDocument();
const checker = createChecker(document);

/** A request to another app than the world's own, of the same service but for what is wrong with it. */
function requestTo(service: Service): World['request'] {
  const runtime = { now: () => 0, random: (size: number) => new Uint8Array(size), alarm: () => undefined } as never;
  const app = createApp(service, runtime);
  return async (path, init) => {
    const response = await app.request(path, init);
    const { status, headers } = response;
    const text = await response.text();
    checker.check({ method: init?.method ?? 'GET', path, status, headers, text });
    return { status, headers, text, body: JSON.parse(text) };
  };
}

const unset = unconfigured(failure('misconfigured', 'A setting is missing.').failure, () => undefined, {
  now: () => 0,
} as never);
const fault = () => Promise.reject(new Error('a bug'));
const faulty: Service = {
  ...unset,
  exchange: fault,
  revoke: fault,
  revokeToken: fault,
  list: fault,
  explain: fault,
  whoami: fault,
  usage: fault,
  readAuditEvents: fault,
  showAuditRequest: fault,
  readiness: fault,
  switches: { off: fault, on: fault, list: fault, show: fault },
};

async function provoke(id: string, reason: Reason): Promise<Reply> {
  const { send, reasons } = CASES[id]!;
  if (reason === 'internal_error') return send(requestTo(faulty), { subjectToken: 'a.b.c' });
  const provocation = reasons[reason];
  if (provocation === undefined && reason === 'misconfigured') return send(requestTo(unset), { subjectToken: 'a.b.c' });
  if (provocation === undefined) throw new Error(`nothing provokes ${reason} of ${id}`);
  if (typeof provocation === 'function') return provocation();
  const world = await provocation.world();
  return send(world.request, await provocation.ask(world));
}

describe('is given as documented', () => {
  test.each(documentedReasons(document))('$reason of $id, with $status', async ({ id, reason, status }) => {
    const reply = await provoke(id, reason as Reason);
    expect({ status: reply.status, reason: reply.body?.reason, text: reply.text }).toMatchObject({ status, reason });
  });

  const answers = operationsOf(document).flatMap(({ operationId: id, responses }) =>
    Object.entries(responses)
      .filter(([, response]) => response['x-reasons'] === undefined)
      .map(([status]) => ({ id, status: Number(status) })),
  );
  test.each(answers)('$status of $id', async ({ id, status }) => {
    expect((await CASES[id]!.answers[status]!()).status).toBe(status);
  });
});

test('nothing is provoked here that is not documented', () => {
  const documented = documentedReasons(document).map(({ id, reason }) => `${id} ${reason}`);
  const provoked = Object.entries(CASES).flatMap(([id, { reasons }]) =>
    Object.keys(reasons).map((one) => `${id} ${one}`),
  );
  expect(provoked.filter((one) => !documented.includes(one))).toEqual([]);
});
