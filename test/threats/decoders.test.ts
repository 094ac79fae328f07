// Input at which a decoder could throw, at every door that decodes something before it verifies a caller: leases, names in a path, cursors,
// forms, lengths and types of bodies. A stranger's text earns a refusal, never a fault of the service. A failure names the seed that
// repeats it.

import { describe, expect, test } from 'vitest';
import { createCalls } from '../../src/rpc/calls.ts';
import { FORM, ID_TOKEN, TOKEN_EXCHANGE } from '../oauth/form.ts';
import { rounds } from '../rounds.ts';
import { createWorld, expectNoSecrets, type World } from '../world.ts';
import { createRandom, mutateText } from './mutate.ts';

const SEED = Number(process.env.MUTATION_SEED ?? 20_261_128);
const ROUNDS = rounds(200, 5_000);
const CODE = 'A'.repeat(43);

const runtimeOf = (world: World) => ({
  fetch: () => Promise.reject(new TypeError('nothing is fetched here')),
  now: () => world.clock.now,
  random: (size: number) => new Uint8Array(size),
  waitUntil: () => undefined,
  after: () => () => undefined,
  alarm: (name: string, facts: object) => world.alarms.push({ name, facts: { ...facts } }),
});

/** The three doors that take a lease, and what each makes of one that is not ours. */
const DOORS: Readonly<Record<string, (world: World, lease: string) => Promise<readonly unknown[]>>> = {
  'DELETE /v1/tokens/{name}': async (world, lease) => {
    const headers = { authorization: `Bearer ${lease}` };
    const { status, body } = await world.request('/v1/tokens/x', { method: 'DELETE', headers });
    return [status, body?.reason];
  },
  'POST /oauth/revoke': async (world, lease) => {
    const body = new URLSearchParams({ token: lease });
    const reply = await world.request('/oauth/revoke', { method: 'POST', body });
    return [reply.status, reply.body?.error, reply.body?.reason];
  },
  'the service binding': async (world, lease) => {
    const answer = await createCalls(world.service, runtimeOf(world)).revoke({ lease });
    return answer.ok ? [] : [answer.problem.status, answer.problem.reason];
  },
};
const MALFORMED: Readonly<Record<string, readonly unknown[]>> = {
  'DELETE /v1/tokens/{name}': [401, 'token_malformed'],
  'POST /oauth/revoke': [400, 'invalid_grant', 'token_malformed'],
  'the service binding': [401, 'token_malformed'],
};

describe.each(Object.keys(DOORS))('a lease at %s', (door) => {
  test.each([
    ['nothing but its beginning', 'stsl_'],
    ['no MAC', 'stsl_QUFB'],
    ['no name', `stsl_.${CODE}`],
    ['a name of length 1', `stsl_A.${CODE}`],
    ['a name of length 5', `stsl_QUFBQ.${CODE}`],
    ['a name of length 1 modulo 4, as long as a name is', `stsl_${'A'.repeat(133)}.${CODE}`],
    ['a name with trailing bits', `stsl_QUF.${CODE}`],
    ['a name that is no UTF-8', `stsl__w.${CODE}`],
    ['a name of a lone surrogate in UTF-8', `stsl_7aCA.${CODE}`],
    ['a name with a byte order mark', `stsl_77u_YWJj.${CODE}`],
    ['a name in padded base64', `stsl_QUE=.${CODE}`],
    ['a name in base64', `stsl_+/+/.${CODE}`],
    ['a MAC of length 1 modulo 4', `stsl_QUFB.${'A'.repeat(41)}`],
    ['a MAC with trailing bits', `stsl_QUFB.${'A'.repeat(42)}B`],
    ['a MAC too many', `stsl_QUFB.${CODE}.${CODE}`],
    ['a MAC that is too long', `stsl_QUFB.${'A'.repeat(64)}`],
    ['far too much', `stsl_${'A'.repeat(15_000)}.${CODE}`],
    ['percent signs', 'stsl_%00.%ff'],
  ])('of %s is malformed, and nothing is called', async (_name, lease) => {
    const world = await createWorld();
    expect(await DOORS[door]!(world, lease)).toEqual(MALFORMED[door]);
    expect([world.calls, world.alarms]).toEqual([[], []]);
    expect(world.events.map(({ kind, reason }) => [kind, reason])).toEqual([['revoke', 'token_malformed']]);
  });

  test(`mutated is malformed, whatever the mutation (seed ${SEED})`, async () => {
    const world = await createWorld();
    const { lease } = (await world.vend(await world.ciToken())).body;
    world.calls.length = 0;
    const random = createRandom(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      // What would no longer begin as a lease, or could not stand in a header, is tried below.
      const mutant = `stsl_${mutateText(lease.slice(5), random, [...'AQgw_-.=+/%~', 'AAAA', '..', 'stsl_'])}`;
      if (mutant === lease) continue;
      expect(await DOORS[door]!(world, mutant), `seed ${SEED}, round ${round}: ${mutant}`).toEqual(MALFORMED[door]);
    }
    expect([world.calls, world.alarms]).toEqual([[], []]);
  });
});

/** A request that a stranger may send, beginning from a sound one. */
interface Sound {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const PIECES = [
  ...'%&=+;?#/.:\\"~\u0000',
  '%',
  '%0',
  '%00',
  '%ff',
  '%E0%A4%A',
  '%ED%A0%80',
  '%25',
  '%u0041',
  '&&',
  '==',
].concat([
  '__proto__',
  'constructor',
  '[]',
  '[0]',
  'token',
  '\u00e9',
  '\u{1f511}',
  'A',
  'AAAAA',
  '0x10',
  '-1',
  '9e99',
  ',',
  ' ',
]);
const inPath = (text: string) => text.replace(/[^!-~]|#/g, '');
const inHeader = (text: string) => text.replace(/[^ -~]/g, '').trim();

const HEADERS = ['authorization', 'content-type', 'content-length', 'content-encoding', 'cf-connecting-ip', 'origin'];

describe(`no mutation is a fault of the service (seed ${SEED})`, () => {
  test.each<[string, (world: World, vended: { name: string; lease: string; token: string }) => Promise<Sound>]>([
    [
      'of DELETE /v1/tokens/{name}',
      async (_world, { name, lease }) => ({
        path: `/v1/tokens/${name}`,
        method: 'DELETE',
        headers: { authorization: `Bearer ${lease}` },
      }),
    ],
    [
      'of GET /v1/tokens',
      async (world) => ({
        path: `/v1/tokens?all=false&rule=ci-metrics&instance=main&cursor=${btoa('sts.main.a').replace(/=/g, '')}`,
        method: 'GET',
        headers: { authorization: `Bearer ${await world.ciToken()}` },
      }),
    ],
    [
      'of POST /v1/tokens',
      async (world) => ({
        path: '/v1/tokens',
        method: 'POST',
        headers: { authorization: `Bearer ${await world.ciToken()}`, 'content-type': 'application/json' },
        body: '{"rule":"ci-metrics","ttl":"15m","instance":"main","permissions":["db:ci_metrics:write"]}',
      }),
    ],
    [
      'of POST /oauth/revoke',
      async (_world, { token }) => ({
        path: '/oauth/revoke',
        method: 'POST',
        headers: { 'content-type': FORM, 'cf-connecting-ip': '2001:db8::1' },
        body: `token=${token}&token_type_hint=access_token&resource=main&client_id=x`,
      }),
    ],
    [
      'of POST /oauth/token',
      async (world) => ({
        path: '/oauth/token',
        method: 'POST',
        headers: { 'content-type': FORM },
        body: String(
          new URLSearchParams({
            grant_type: TOKEN_EXCHANGE,
            subject_token: await world.ciToken(),
            subject_token_type: ID_TOKEN,
            scope: 'db:ci_metrics:write',
            resource: 'https://influxdb.example.com:8181',
          }),
        ),
      }),
    ],
    ['of what needs no credential', async () => ({ path: '/openapi.json?x=1', method: 'GET', headers: {} })],
  ])('%s', async (_name, soundOf) => {
    const world = await createWorld();
    const vended = (await world.vend(await world.ciToken())).body;
    const sound = await soundOf(world, vended);
    const random = createRandom(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const kind = random(3);
      const header = HEADERS[random(HEADERS.length)]!;
      const { path, headers, body = '' } = sound;
      const mutant: Sound = {
        ...sound,
        ...(kind === 0 ? { path: `/${inPath(mutateText(path.slice(1), random, PIECES))}` } : {}),
        ...(kind === 1 && sound.body !== undefined ? { body: mutateText(body, random, PIECES) } : {}),
        ...(kind === 2
          ? { headers: { ...headers, [header]: inHeader(mutateText(headers[header] ?? '1', random, PIECES)) } }
          : {}),
      };
      const repeat = `seed ${SEED}, round ${round}: ${JSON.stringify(mutant)}`;
      const { status, text } = await world.request(`https://sts.example.com${mutant.path}`, mutant);
      expect(status, `${text} ${repeat}`).toBeLessThan(500);
      expect(world.alarms, repeat).toEqual([]);
      if (status >= 300) expectNoSecrets(world, text, []);
    }
  });
});

describe('a body whose length is declared as', () => {
  test.each([
    '',
    '-1',
    '+5',
    '5.0',
    '0x5',
    '1e1',
    'x',
    '5, 5',
    ' 5',
    '99999999999999999999',
    '0',
  ])('%j is read or refused, and no fault', async (length) => {
    const world = await createWorld();
    for (const [path, type] of [
      ['/v1/tokens', 'application/json'],
      ['/oauth/revoke', FORM],
    ] as const) {
      const headers = { authorization: 'Bearer x', 'content-type': type, 'content-length': length };
      const { status } = await world.request(path, { method: 'POST', headers, body: '{"a":' });
      expect([400, 401, 413]).toContain(status);
    }
    expect(world.alarms).toEqual([]);
  });
});
