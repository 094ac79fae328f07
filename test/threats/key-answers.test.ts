// Class "Issuer and key set": what a trusted issuer's discovery and key set may answer, and that every other answer yields no keys and no
// call to anywhere else.

import { beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey } from '../emulator/issuer.ts';
import { BACKEND, createWorld, expectRefusal, type World } from '../world.ts';
import {
  type Attack,
  backendPolicy,
  type Forge,
  forget,
  itAccepts,
  itRefuses,
  tenantClaims,
  tenantToken,
} from './attack.ts';

type Answer = (world: World) => Response | Promise<Response>;

const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } });
const html = () => new Response('<!doctype html><title>Sign in</title>', { headers: { 'content-type': 'text/html' } });
/** Good keys hidden in an answer of 129 KiB. */
const padded = (world: World) => `${JSON.stringify(world.backend.jwks())}${' '.repeat(513 * 1024)}`;
/** A body of the given chunks that then never ends. */
const endless = (...chunks: string[]) =>
  new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
    },
  });

/** Faults of any document, be it discovery or key set. */
const FAULTS: Readonly<Record<string, Answer>> = {
  'an unreachable host': () => Promise.reject(new TypeError('connection refused')),
  'no answer': () => new Promise(() => {}),
  'a body that never ends': (world) => new Response(endless(JSON.stringify(world.backend.jwks()))),
  'a body that breaks': () =>
    new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) })),
  'status 500': (world) => Response.json(world.backend.jwks(), { status: 500 }),
  'status 404': (world) => Response.json(world.backend.jwks(), { status: 404 }),
  'status 401': (world) => Response.json(world.backend.jwks(), { status: 401 }),
  'status 204': () => new Response(null, { status: 204 }),
  'a redirect to another host': () => redirect('https://evil.example/keys'),
  'a redirect to a private address': () => redirect('http://169.254.169.254/latest', 307),
  'a permanent redirect to itself': () => redirect('https://login.example.com/.well-known/jwks', 308),
  HTML: html,
  'an empty body': () => new Response(''),
  blanks: () => new Response('   '),
  null: () => new Response('null'),
  'a list': (world) => Response.json(world.backend.jwks().keys),
  'JSON cut short': (world) => new Response(JSON.stringify(world.backend.jwks()).slice(0, -1)),
  'JSON behind a byte order mark': (world) => new Response(`\u{feff}${JSON.stringify(world.backend.jwks())}`),
  'JSON that is not UTF-8': () => new Response(Buffer.from('{"keys":[],"x":"\xe9"}', 'latin1')),
  'JSON nested 100,000 deep': () => new Response('['.repeat(60_000) + ']'.repeat(60_000)),
  'more than 512 KiB': (world) => new Response(padded(world)),
  'more than 512 KiB by its own word': (world) =>
    Response.json(world.backend.jwks(), { headers: { 'content-length': '999999999' } }),
  'more than 512 KiB without saying so': (world) => new Response(endless(padded(world))),
};

const KEY_SETS: Readonly<Record<string, Answer>> = {
  'no keys': () => Response.json({ keys: [] }),
  'keys that are no list': (world) => Response.json({ keys: { 0: world.backend.jwks().keys[0], length: 1 } }),
  'keys inside __proto__': (world) => new Response(`{"__proto__":${JSON.stringify(world.backend.jwks())}}`),
  'the keys twice': (world) => new Response(`{"keys":[],"keys":${JSON.stringify(world.backend.jwks().keys)}}`),
  'symmetric keys alone': () => Response.json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', alg: 'RS256' }] }),
  'keys for encryption alone': (world) =>
    Response.json({ keys: world.backend.jwks().keys.map((key) => ({ ...key, use: 'enc' })) }),
};

const GOOD_DISCOVERY = { issuer: BACKEND, jwks_uri: 'https://login.example.com/.well-known/jwks' };
const DISCOVERIES: Readonly<Record<string, Record<string, unknown>>> = {
  'names another issuer': { ...GOOD_DISCOVERY, issuer: 'https://evil.example/' },
  'names the issuer without its slash': { ...GOOD_DISCOVERY, issuer: 'https://login.example.com' },
  'names no issuer': { jwks_uri: GOOD_DISCOVERY.jwks_uri },
  'names a list of issuers': { ...GOOD_DISCOVERY, issuer: [BACKEND] },
  'names no key set': { issuer: BACKEND },
  ...Object.fromEntries(
    [
      7,
      null,
      ['https://login.example.com/.well-known/jwks'],
      '',
      '/.well-known/jwks',
      '//login.example.com/keys',
      'https://evil.example/keys',
      'https://keys.login.example.com/keys',
      'https://login.example.com.evil.example/keys',
      'https://login.example.com./keys',
      'https://login.example.com:8443/keys',
      'http://login.example.com/keys',
      'https://user@login.example.com/keys',
      'https://user:pass@login.example.com/keys',
      'https://login.example.com@evil.example/keys',
      'https://evil.example\\@login.example.com/keys',
      'https://evil.example#@login.example.com/',
      'https://169.254.169.254/keys',
      'https://127.0.0.1/keys',
      'https://[::1]/keys',
      'https://2130706433/keys',
      'https://localhost/keys',
      'https://10.0.0.1/keys',
      'data:application/json,{"keys":[]}',
      'javascript:0',
      'file:///etc/passwd',
      'https://lоgin.example.com/keys',
    ].map((address) => [`places its keys at ${JSON.stringify(address)}`, { ...GOOD_DISCOVERY, jwks_uri: address }]),
  ),
};

describe('keys that cannot be had', () => {
  const discovering = (name: string, answer: Answer): Attack => [
    `a token while discovery ${name}`,
    'keys_unavailable',
    (world) => {
      world.backend.answer.discovery = () => answer(world);
      return tenantToken(world);
    },
  ];
  const publishing = (name: string, answer: Answer): Attack => [
    `a token while the key set is ${name}`,
    'keys_unavailable',
    (world) => {
      world.backend.answer.jwks = () => answer(world);
      return tenantToken(world);
    },
  ];
  itRefuses(
    [
      ...Object.entries(FAULTS).map(([name, answer]) => discovering(`answers with ${name}`, answer)),
      ...Object.entries(DISCOVERIES).map(([name, document]) => discovering(name, () => Response.json(document))),
      ...Object.entries({ ...FAULTS, ...KEY_SETS }).map(([name, answer]) => publishing(name, answer)),
    ],
    { hurry: 100 },
  );
});

describe('keys that can be had', () => {
  const placed =
    (jwks_uri: string): Forge =>
    (world) => {
      world.backend.answer.discovery = () => Response.json({ ...GOOD_DISCOVERY, jwks_uri });
      return tenantToken(world);
    };
  itAccepts([
    [
      "keys on the issuer's host, spelt in capitals with the default port",
      placed('https://LOGIN.example.com:443/.well-known/jwks'),
    ],
  ]);
  itAccepts([
    [
      'keys without a content type',
      (world) => {
        world.backend.answer.jwks = () => new Response(Buffer.from(JSON.stringify(world.backend.jwks())));
        return tenantToken(world);
      },
    ],
  ]);

  it('are never asked for where the policy holds them', async () => {
    const { backend } = await createWorld();
    const keys = JSON.stringify(backend.jwks().keys);
    const world = await createWorld({ policy: backendPolicy(`jwks: { keys: ${keys} }`) });
    const reply = await world.vend(await backend.sign(tenantClaims(world)));
    expect([reply.status, world.calls]).toEqual([201, ['influxdb.example.com:8181']]);
    world.events.length = 0;
    const forged = await backend.sign(tenantClaims(world), {
      key: await createSigningKey('RS256', backend.keys[0]!.kid),
    });
    const refusal = await world.vend(forged);
    expect([refusal.status, refusal.body.reason]).toEqual([401, 'signature_invalid']);
  });

  it('may lie on another host if the policy lists it, and nowhere else', async () => {
    const answers: { jwks?: () => Response } = {};
    const seen: string[] = [];
    const world = await createWorld({
      policy: backendPolicy('jwks_hosts: [keys.example.net]'),
      elsewhere: async (request) => {
        seen.push(request.url);
        return answers.jwks!();
      },
    });
    answers.jwks = () => Response.json(world.backend.jwks());
    const reply = await world.vend(await placed('https://keys.example.net/certs')(world));
    expect([reply.status, seen]).toEqual([201, ['https://keys.example.net/certs']]);
  });
});

describe('what a caller is told while keys are missing', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });

  it('is to come again, and nothing about the policy', async () => {
    forget(world);
    world.backend.answer.discovery = html;
    const token = await tenantToken(world);
    const reply = await world.vend(token);
    expectRefusal(world, reply, 503, 'keys_unavailable', [token]);
    expect(reply.headers.get('retry-after')).toMatch(/^[1-9][0-9]*$/);
    expect(reply.body.retryable).toBe(true);
    expect(world.alarms).toEqual([
      {
        name: 'keys_not_refreshed',
        facts: {
          issuer: 'backend',
          address: `${BACKEND}.well-known/openid-configuration`,
          cause: 'does not answer with JSON: it is not valid JSON',
          status: 200,
        },
      },
    ]);
    expect(reply.text).not.toMatch(/tenant|dashboards|ci-metrics/);
  });
});
