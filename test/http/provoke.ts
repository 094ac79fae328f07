// How each reason is provoked: what of the world, of the subject token or of the request must be wrong for it. Which operation is asked
// is the test's business.

import type { Switch } from '../../src/admission/switch.ts';
import type { Reason } from '../../src/foundation/failure.ts';
import { createWorld, POLICY, type World, type WorldOptions } from '../world.ts';

/** What a request consists of, whatever operation it is for. */
export interface Asked {
  readonly subjectToken: string | null;
  /** The body of a request for a token; a text is sent as it is. */
  readonly body?: Readonly<Record<string, unknown>> | string;
  readonly contentType?: string;
}

export interface Provocation {
  readonly world: () => Promise<World>;
  readonly ask: (world: World) => Promise<Asked>;
}

export const OPERATORS = `${POLICY}
  - name: operators
    issuer: backend
    when: { role: dba }
    roles: [operator]
`;

const open = (options: WorldOptions = {}) => createWorld({ policy: OPERATORS, ...options });
const withToken =
  (overrides: Record<string, unknown>): Provocation['ask'] =>
  async (world) => ({ subjectToken: await world.ciToken(overrides) });
const withBody =
  (body: Asked['body'], contentType?: string): Provocation['ask'] =>
  async (world) => ({
    subjectToken: await world.ciToken(),
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  });
const now = (world: World) => Math.floor(world.clock.now / 1000);

const plain: Provocation['ask'] = withToken({});
const token = (ask: Provocation['ask']): Provocation => ({ world: open, ask });
const broken = (options: WorldOptions): Provocation => ({ world: () => open(options), ask: plain });
/** After one successful vend. */
const afterwards =
  (more: (world: World) => void): Provocation['world'] =>
  async () => {
    const world = await open();
    more(world);
    return world;
  };

/** What is provoked in the same way wherever a subject token is taken. */
export const BY_SUBJECT_TOKEN: Partial<Record<Reason, Provocation>> = {
  token_missing: token(async () => ({ subjectToken: null })),
  token_malformed: token(async () => ({ subjectToken: 'a.b' })),
  algorithm_refused: token(async (world) => {
    const [, payload] = (await world.ciToken()).split('.');
    const header = Buffer.from('{"alg":"HS256","kid":"x","typ":"JWT"}').toString('base64url');
    return { subjectToken: `${header}.${payload}.${'A'.repeat(43)}` };
  }),
  issuer_untrusted: token(async (world) => ({
    subjectToken: await world.github.sign({ iss: 'https://evil.example.com' }),
  })),
  signature_invalid: token(async (world) => {
    const [header, payload] = (await world.ciToken()).split('.');
    return { subjectToken: `${header}.${payload}.${'A'.repeat(342)}` };
  }),
  claim_invalid: token(withToken({ aud: 'https://other.example.com' })),
  token_expired: token(async (world) => ({
    subjectToken: await world.ciToken({ iat: now(world) - 900, nbf: now(world) - 900, exp: now(world) - 600 }),
  })),
  token_not_yet_valid: token(async (world) => ({
    subjectToken: await world.ciToken({ iat: now(world) + 600, nbf: now(world) + 600, exp: now(world) + 900 }),
  })),
  token_too_old: {
    world: () =>
      open({ policy: OPERATORS.replace('preset: github-actions', 'preset: github-actions, max_token_age: 1m') }),
    ask: async (world) => ({ subjectToken: await world.ciToken({ iat: now(world) - 200, nbf: now(world) - 200 }) }),
  },
  rate_limited: {
    world: () => open({ stores: (memory) => ({ ...memory, identities: { take: async () => false } }) }),
    ask: plain,
  },
  keys_unavailable: {
    world: afterwards((world) => {
      world.github.answer.jwks = () => new Response(null, { status: 500 });
    }),
    ask: plain,
  },
};

const SWITCH: Switch = {
  id: '01M844DZG0DXCB588VHZR3EM68',
  target: { kind: 'rule', name: 'ci-metrics' },
  level: 'operator',
  why: 'we look into a leak',
  until: null,
  set_at: 0,
};

/** What is provoked in the same way wherever a request for a token is taken. */
export const BY_REQUEST: Partial<Record<Reason, Provocation>> = {
  ...BY_SUBJECT_TOKEN,
  request_malformed: token(withBody({ permissions: ['nonsense'] })),
  body_too_large: token(withBody('x'.repeat(33 * 1024))),
  content_type_unsupported: token(withBody('x', 'text/plain')),
  ttl_refused: token(withBody({ ttl: '2h' })),
  permissions_conflict: token(withBody({ permissions: ['db:*:write', 'db:a:write'] })),
  request_ambiguous: token(async (world) => ({
    subjectToken: await world.backendToken({ sub: 'x', tenant: 'a', client_id: 'dashboards' }),
  })),
  instance_unknown: token(withBody({ instance: 'nowhere' })),
  rule_unknown: token(withBody({ rule: 'nobody' })),
  token_replayed: {
    world: open,
    ask: async (world) => {
      const subjectToken = await world.ciToken();
      await world.vend(subjectToken);
      return { subjectToken };
    },
  },
  no_rule: token(withToken({ ref: 'refs/heads/other' })),
  not_granted: token(withBody({ permissions: ['db:other:write'] })),
  denied_by_rule: token(async (world) => ({
    subjectToken: await world.ciToken({ event_name: 'pull_request_target' }),
    body: { permissions: ['db:ci_metrics:write'] },
  })),
  switched_off: broken({
    stores: (memory) => ({
      ...memory,
      gates: (digit) => ({ ...memory.gates(digit), admit: async () => `{"switched_off":${JSON.stringify(SWITCH)}}` }),
    }),
  }),
  limit_reached: {
    world: () => open({ policy: OPERATORS.replace('ttl: 15m\n', 'ttl: 15m\n    limit: { live: 1 }\n') }),
    ask: async (world) => {
      await world.vend(await world.ciToken());
      return { subjectToken: await world.ciToken() };
    },
  },
  database_unknown: broken({ influx: { databases: [] } }),
  upstream_refused: broken({ upstream: async () => new Response('no, for a reason of my own', { status: 400 }) }),
  upstream_unreadable: broken({ upstream: async () => new Response('<html></html>', { status: 201 }) }),
  upstream_unreachable: broken({ upstream: () => Promise.reject(new TypeError('down')) }),
  state_unavailable: broken({
    stores: (memory) => ({
      ...memory,
      gates: (digit) => ({ ...memory.gates(digit), admit: () => Promise.reject(new Error('down')) }),
    }),
  }),
};

/** No setting is missing in a world that starts, so this is that of one instance. */
export const WITHOUT_ADMIN_TOKEN: Provocation = broken({ env: { INFLUXDB3_ADMIN_TOKEN: 'none' } });
