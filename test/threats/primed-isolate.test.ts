// Class "State carried from one caller's text to another's". V8 misreads an object key that holds an escape once certain other texts
// were parsed in the isolate, and a stranger may choose those texts: here in the built Worker, before and after they have come.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { FORM, ID_TOKEN, TOKEN_EXCHANGE } from '../oauth/form.ts';

const ISS = 'https://idp.example.com';
const AUDIENCE = 'https://sts.example.com';

/** Claims as PHP, Go, and Python or .NET spell their names in JSON. */
const SLASH = 'https://idp.example.com/role';
const AMPERSAND = 'r&d';
const ACCENT = 'd\u00e9partement';
const SPELLINGS: Readonly<Record<string, string>> = {
  [SLASH]: 'https:\\/\\/idp.example.com\\/role',
  [AMPERSAND]: 'r\\u0026d',
  [ACCENT]: 'd\\u00e9partement',
};

const POLICY = `
audience: ${AUDIENCE}
issuers:
  idp:
    issuer: ${ISS}
    subject: [[${JSON.stringify(ACCENT)}, sub]]
    always_present: [sub, ${JSON.stringify(SLASH)}]
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - { name: by-value, issuer: idp, when: { sub: reader, ${JSON.stringify(SLASH)}: good }, allow: ["db:a:read"] }
  - name: by-absence
    issuer: idp
    when: { sub: writer, ${JSON.stringify(AMPERSAND)}: { exists: false } }
    allow: ["db:a:write"]
  - { name: by-subject, issuer: idp, when: { ${JSON.stringify(ACCENT)}: sales }, allow: ["db:b:read"] }
  - { name: anyone, issuer: idp, when: { sub: anyone }, allow: ["db:c:read"] }
  - { name: never-the-blocked, issuer: idp, when: { ${JSON.stringify(SLASH)}: blocked }, deny: ["db:*:read"] }
`;

const NEIGHBOUR = `
export default {
  async fetch(request, env) {
    return Response.json(await env.STS.exchange(await request.json()));
  },
};
`;

const influx = createInfluxEmulator({ databases: ['a', 'b', 'c'] });
let issuer: Issuer;
let worker: RunningWorker;

beforeAll(async () => {
  issuer = await createIssuer({ iss: ISS });
  const { policy, findings } = await compilePolicy(POLICY, { development: false });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  worker = await runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken },
    neighbour: NEIGHBOUR,
    network: (request) => (request.url.startsWith(ISS) ? issuer.fetch(request) : influx.fetch(request)),
  });
});
afterAll(() => worker.stop());

/** The JSON text of the claims, the names above spelt with their escapes. */
function payload(claims: Readonly<Record<string, string>>): string {
  const iat = Math.floor(Date.now() / 1000);
  const registered = JSON.stringify({ iss: ISS, aud: AUDIENCE, iat, exp: iat + 300 });
  const own = Object.entries(claims).map(([name, value]) => `,"${SPELLINGS[name] ?? name}":${JSON.stringify(value)}`);
  return registered.replace(/}$/, () => `${own.join('')}}`);
}

const sign = (claims: Readonly<Record<string, string>>) =>
  issuer.signRaw({ alg: 'RS256', kid: issuer.keys[0]!.kid }, payload(claims));

/** The door's name, and the status or reason that it answers with. */
const DOORS: Readonly<Record<string, (subjectToken: string, permission: string) => Promise<unknown>>> = {
  'POST /v1/tokens': async (subjectToken, permission) => {
    const reply = await worker.request('/v1/tokens', {
      method: 'POST',
      headers: { authorization: `Bearer ${subjectToken}`, 'content-type': 'application/json' },
      body: `{"permis\\u0073ions":["${permission}"]}`,
    });
    const body = (await reply.json()) as Record<string, unknown>;
    return body.reason ?? body.rule;
  },
  'POST /oauth/token': async (subjectToken, permission) => {
    const form = { grant_type: TOKEN_EXCHANGE, subject_token: subjectToken, subject_token_type: ID_TOKEN };
    const body = new URLSearchParams({ ...form, scope: permission }).toString();
    const reply = await worker.request('/oauth/token', { method: 'POST', headers: { 'content-type': FORM }, body });
    const answer = (await reply.json()) as Record<string, unknown>;
    return answer.reason ?? answer.rule;
  },
  'the service binding': async (subjectToken, permission) => {
    const body = JSON.stringify({ subjectToken, permissions: [permission] });
    const reply = await worker.askNeighbour('/', { method: 'POST', body });
    const answer = (await reply.json()) as { token?: { rule: string }; problem?: { reason: string } };
    return answer.problem?.reason ?? answer.token?.rule;
  },
};

/** [what the policy must see, the claims, what is asked for, the rule or the reason]. */
const CALLERS: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
  ['a value that an allow rule wants', { sub: 'reader', [SLASH]: 'good' }, 'db:a:read', 'by-value'],
  ['a value that a deny rule refuses', { sub: 'anyone', [SLASH]: 'blocked' }, 'db:c:read', 'denied_by_rule'],
  ['a claim that must be absent', { sub: 'writer', [SLASH]: 'good', [AMPERSAND]: '1' }, 'db:a:write', 'no_rule'],
  ['the claim that identifies the caller', { sub: 'x', [SLASH]: 'good', [ACCENT]: 'sales' }, 'db:b:read', 'by-subject'],
];

/** A key that is equal to the first characters of another's spelling, as many as that one has decoded; in JSON. */
function poison(key: string, spelling: string): string {
  return spelling.slice(0, key.length).replaceAll('\\', '\\\\');
}

/** Unsigned tokens and bodies of a stranger: text that is parsed before anybody is verified. */
async function prime(): Promise<void> {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  for (const [name, spelling] of Object.entries(SPELLINGS)) {
    const key = poison(name, spelling);
    for (const before of [{}, { sub: 'x' }, { sub: 'x', [SLASH]: 'x' }] as const) {
      const text = payload(before).replace(/}$/, () => `,"${key}":"1"}`);
      const headers = { authorization: `Bearer ${encode('{"alg":"RS256"}')}.${encode(text)}.AAAA` };
      for (let times = 0; times < 50; times++) await (await worker.request('/v1/whoami', { headers })).text();
    }
  }
  const body = `{"${poison('permissions', 'permis\\u0073ions')}":1}`;
  const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body };
  for (let times = 0; times < 50; times++) await (await worker.request('/v1/tokens', init)).text();
}

describe('what strangers send changes nothing for others', () => {
  describe.each(['before', 'after'])('%s a stranger has come', (when) => {
    beforeAll(async () => {
      if (when === 'after') await prime();
    }, 30_000);

    const cases = Object.keys(DOORS).flatMap((door) => CALLERS.map((caller) => [door, ...caller] as const));
    test.each(cases)('%s sees %s', async (door, _what, claims, permission, expected) => {
      expect(await DOORS[door]!(await sign(claims), permission)).toBe(expected);
    });

    test('whoami shows the claims and the subject as they are', async () => {
      const claims = { sub: 'x', [SLASH]: 'good', [ACCENT]: 'sales', [AMPERSAND]: '1' };
      const headers = { authorization: `Bearer ${await sign(claims)}` };
      const body = (await (await worker.request('/v1/whoami', { headers })).json()) as Record<string, unknown>;
      expect(body).toMatchObject({ subject: { [ACCENT]: 'sales' }, claims });
    });
  });
});
