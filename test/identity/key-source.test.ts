// Unit tests of the key source: when it asks the issuer, how long it believes what it was told, and what it does while the answer fails.

import { describe, expect, it } from 'vitest';
import { createKeySource, KEYS_FRESH_MS, KEYS_USABLE_MS, REFRESH_COOLDOWN_MS } from '../../src/identity/key-source.ts';
import type { TrustedIssuer } from '../../src/identity/trusted-issuer.ts';
import { createSigningKey, type SigningKey } from '../emulator/issuer.ts';

const ISSUER: TrustedIssuer = {
  name: 'backend',
  iss: 'https://login.example.com/tenant',
  audiences: ['urn:us'],
  multipleAudiences: false,
  algorithms: ['ES256'],
  ignoreHeader: [],
  jwksHosts: [],
  subject: [['sub']],
  alwaysPresent: ['sub'],
  clockSkew: 60,
  maxTokenAge: 86_400,
  maxLifetime: 86_400,
  singleUse: false,
  boundTokens: 'refuse',
  shared: false,
  pins: [],
  run: [],
};
const DISCOVERY = 'https://login.example.com/tenant/.well-known/openid-configuration';
const KEYS = 'https://login.example.com/tenant/keys';

const [first, second] = (await Promise.all(['first', 'second'].map((kid) => createSigningKey('ES256', kid)))) as [
  SigningKey,
  SigningKey,
];

/** A key source whose network is a function of the address, and whose clock stands still. */
function createBench(changes: Partial<TrustedIssuer> = {}, development = false) {
  const issuer = { ...ISSUER, ...changes };
  const bench = {
    now: 1_000_000,
    fetched: [] as string[],
    requests: [] as Request[],
    alarms: [] as string[],
    background: [] as Promise<unknown>[],
    timers: 0,
    /** This timer is cancelled with its request, and never fires. */
    lostTimer: 0,
    published: [first] as SigningKey[],
    discovery: (): unknown => ({ issuer: issuer.iss, jwks_uri: KEYS }),
    keys: (): Response | Promise<Response> =>
      Response.json({ keys: bench.published.map(({ publicJwk }) => publicJwk) }),
    facts: [] as unknown[],
    ask: (kid: string | undefined, claims: object = {}) =>
      source.find({ kid, alg: 'ES256', claims: { iss: issuer.iss, ...claims } }),
    find: async (kid: string | undefined) => {
      const key = await bench.ask(kid);
      return key.ok ? key.value[0]!.kid : key.failure.reason;
    },
    refusal: async (kid: string | undefined, claims: object = {}) => {
      const key = await bench.ask(kid, claims);
      return key.ok ? null : key.failure;
    },
    whyNotReady: () => source.whyNotReady(),
  };
  const source = createKeySource(
    issuer,
    {
      now: () => bench.now,
      fetch: async (url, init) => {
        const request = new Request(url, init);
        bench.fetched.push(request.url);
        bench.requests.push(request);
        return request.url.endsWith('/openid-configuration') ? Response.json(bench.discovery()) : bench.keys();
      },
      random: (size) => new Uint8Array(size),
      waitUntil: (work) => bench.background.push(work),
      after: (_milliseconds, action) => {
        bench.timers++;
        if (bench.timers === bench.lostTimer) return () => {};
        const timer = setTimeout(action, 30);
        return () => clearTimeout(timer);
      },
      alarm: (name, facts) => {
        bench.alarms.push(name);
        bench.facts.push(facts);
      },
    },
    { development },
  );
  return bench;
}

const fail = () => new Response('busy', { status: 500 });

describe('fetching', () => {
  it('waits for the first question', async () => {
    expect(createBench().fetched).toEqual([]);
  });

  it('discovers the address once, below the path of the issuer', async () => {
    const bench = createBench();
    expect(await bench.find('first')).toBe('first');
    bench.now += KEYS_FRESH_MS + 1;
    expect(await bench.find('first')).toBe('first');
    expect(bench.fetched).toEqual([DISCOVERY, KEYS, KEYS]);
  });

  it('discovers nothing where the address is given', async () => {
    const bench = createBench({ jwksUri: 'https://keys.example.net/certs' });
    expect(await bench.find('first')).toBe('first');
    expect(bench.fetched).toEqual(['https://keys.example.net/certs']);
  });

  it('asks nobody where the keys are given', async () => {
    const bench = createBench({ jwks: { keys: [first.publicJwk] } });
    expect([await bench.find('first'), await bench.find('second')]).toEqual(['first', 'signature_invalid']);
    expect(bench.fetched).toEqual([]);
  });

  it('does not ask again for a known key that is fresh', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.now += KEYS_FRESH_MS;
    await bench.find('first');
    expect(bench.fetched).toHaveLength(2);
  });

  it('follows no redirect and shows nothing of a caller', async () => {
    const bench = createBench();
    await bench.find('first');
    expect(bench.requests.map(({ method, redirect }) => [method, redirect])).toEqual([
      ['GET', 'manual'],
      ['GET', 'manual'],
    ]);
    for (const { headers } of bench.requests) expect([...headers.keys()]).toEqual(['accept', 'user-agent']);
  });

  it('is held by the request that started it, so that others may wait for it', async () => {
    const bench = createBench();
    await Promise.all([bench.find('first'), bench.find('first')]);
    expect(bench.background).toHaveLength(1);
  });

  it('serves a stampede of known and unknown keys by one fetch', async () => {
    const bench = createBench();
    const found = await Promise.all(Array.from({ length: 200 }, (_, at) => bench.find(at % 2 ? 'first' : 'unknown')));
    expect(new Set(found)).toEqual(new Set(['first', 'signature_invalid']));
    expect(bench.fetched).toEqual([DISCOVERY, KEYS]);
  });

  it('asks discovery again after a failure, in case the keys have moved', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.keys = fail;
    bench.now += KEYS_FRESH_MS + 1;
    await bench.find('first');
    bench.discovery = () => ({ issuer: ISSUER.iss, jwks_uri: `${KEYS}/moved` });
    bench.keys = () => Response.json({ keys: [first.publicJwk] });
    bench.now += REFRESH_COOLDOWN_MS;
    expect(await bench.find('first')).toBe('first');
    await Promise.all(bench.background);
    expect(bench.fetched.slice(-2)).toEqual([DISCOVERY, `${KEYS}/moved`]);
  });

  it('of an issuer that has failed keeps nobody waiting whose key is known', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.keys = fail;
    bench.now += KEYS_FRESH_MS + 1;
    await bench.find('first');
    bench.keys = () => new Promise<Response>(() => {});
    bench.now += REFRESH_COOLDOWN_MS;
    const before = bench.fetched.length;
    const started = performance.now();
    expect(await bench.find('first')).toBe('first');
    // The bench's deadlines are 30 ms.
    expect(performance.now() - started).toBeLessThan(20);
    expect(bench.fetched.length).toBeGreaterThan(before);
  });

  it('that was cancelled with the request that started it is begun anew', async () => {
    const bench = createBench();
    bench.keys = () => new Promise<Response>(() => {});
    // The first two are the discovery's and the caller's own.
    bench.lostTimer = 3;
    expect(await bench.find('first')).toBe('keys_unavailable');
    bench.keys = () => Response.json({ keys: [first.publicJwk] });
    bench.now += 15_000;
    expect(await bench.find('first')).toBe('first');
  });
});

describe('the cooldown', () => {
  it.each([
    ['success', undefined],
    ['failure', fail],
  ])('holds after %s, to the millisecond', async (_name, keys) => {
    const bench = createBench();
    if (keys !== undefined) bench.keys = keys;
    await bench.find('first');
    const before = bench.fetched.length;
    bench.now += REFRESH_COOLDOWN_MS - 1;
    expect(await bench.find('unknown')).toBe('keys_unavailable');
    expect(bench.fetched).toHaveLength(before);
    bench.now += 1;
    await bench.find('unknown');
    expect(bench.fetched.length).toBeGreaterThan(before);
  });

  it('gives an unknown key a verdict only by a refresh that succeeded', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.now += REFRESH_COOLDOWN_MS;
    expect(await bench.find('unknown')).toBe('signature_invalid');
    bench.now += REFRESH_COOLDOWN_MS;
    bench.keys = fail;
    expect(await bench.find('unknown')).toBe('keys_unavailable');
  });

  it('finds a rotated key at its end', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.published = [second];
    expect(await bench.find('second')).toBe('keys_unavailable');
    bench.now += REFRESH_COOLDOWN_MS;
    expect(await bench.find('second')).toBe('second');
    expect(await bench.find(undefined)).toBe('second');
  });
});

describe('known keys', () => {
  it.each<readonly [string, () => Response | Promise<Response>]>([
    ['an error', fail],
    ['a dead network', () => Promise.reject(new TypeError('unreachable'))],
    ['silence', () => new Promise(() => {})],
    ['an empty set', () => Response.json({ keys: [] })],
    ['HTML', () => new Response('<html>')],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: KEYS } })],
    ['keys of no use', () => Response.json({ keys: [{ ...first.publicJwk, use: 'enc' }] })],
    ['malformed keys', () => Response.json({ keys: [{ ...first.publicJwk, x: 'AA' }] })],
    ['too much', () => Response.json({ keys: [first.publicJwk], filler: 'x'.repeat(512 * 1024) })],
  ])('are never replaced by %s', async (_name, keys) => {
    const bench = createBench();
    await bench.find('first');
    bench.keys = keys;
    bench.now += KEYS_FRESH_MS + 1;
    expect(await bench.find('first')).toBe('first');
    expect(bench.alarms).toEqual(['keys_not_refreshed']);
  });

  it('keep verifying to the end of their bound and no longer', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.keys = fail;
    bench.now += KEYS_USABLE_MS;
    expect(await bench.find('first')).toBe('first');
    bench.now += 1;
    expect(await bench.find('first')).toBe('keys_unavailable');
  });

  it('are believed at least for an outage of two hours', () => {
    expect(KEYS_USABLE_MS).toBeGreaterThanOrEqual(2 * 60 * 60_000);
  });

  it('that the issuer withdrew are forgotten with the next refresh', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.published = [second];
    bench.now += KEYS_FRESH_MS + 1;
    expect(await bench.find('first')).toBe('signature_invalid');
  });
});

describe('a slow issuer', () => {
  it('keeps nobody waiting beyond the deadline, also not those who join late', async () => {
    const bench = createBench();
    bench.keys = () => new Promise(() => {});
    const waiting = Array.from({ length: 5 }, () => bench.find('first'));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['keys_unavailable']));
    expect(bench.fetched).toEqual([DISCOVERY, KEYS]);
  });

  it('is asked again once it has been given up', async () => {
    const bench = createBench();
    bench.keys = () => new Promise(() => {});
    await bench.find('first');
    await Promise.all(bench.background);
    bench.keys = () => Response.json({ keys: [first.publicJwk] });
    bench.now += REFRESH_COOLDOWN_MS;
    expect(await bench.find('first')).toBe('first');
  });
});

describe('the address of the keys', () => {
  it.each<readonly [string, string, Partial<TrustedIssuer>, boolean]>([
    ['https on the host of the issuer', 'https://login.example.com/other/keys?v=1', {}, false],
    ['https on a listed host', 'https://keys.example.net/certs', { jwksHosts: ['keys.example.net'] }, false],
    [
      'a listed host with its port',
      'https://keys.example.net:8443/certs',
      { jwksHosts: ['keys.example.net:8443'] },
      false,
    ],
    ['loopback http of an issuer in development', 'http://127.0.0.1:4000/keys', { iss: 'http://127.0.0.1:4000' }, true],
  ])('may be %s', async (_name, jwks_uri, changes, development) => {
    const bench = createBench(changes, development);
    bench.discovery = () => ({ issuer: changes.iss ?? ISSUER.iss, jwks_uri });
    expect(await bench.find('first')).toBe('first');
    expect(bench.fetched.at(-1)).toBe(jwks_uri);
  });

  it.each<readonly [string, string, Partial<TrustedIssuer>, boolean]>([
    ['another host', 'https://evil.example/keys', {}, false],
    ['another port of a listed host', 'https://keys.example.net:8443/', { jwksHosts: ['keys.example.net'] }, false],
    ['a host below a listed one', 'https://a.keys.example.net/', { jwksHosts: ['keys.example.net'] }, false],
    ['http on a listed host', 'http://keys.example.net/', { jwksHosts: ['keys.example.net'] }, false],
    [
      'a listed host as user information',
      'https://keys.example.net@evil.example/',
      { jwksHosts: ['keys.example.net'] },
      false,
    ],
    ['user information on the host of the issuer', 'https://a:b@login.example.com/keys', {}, false],
    ['http of an https issuer in development', 'http://login.example.com/keys', {}, true],
    ['loopback http outside development', 'http://127.0.0.1:4000/keys', { iss: 'http://127.0.0.1:4000' }, false],
    ['another port in development', 'http://127.0.0.1:4001/keys', { iss: 'http://127.0.0.1:4000' }, true],
    ['no address', 'keys', {}, false],
  ])('is never %s', async (_name, jwks_uri, changes, development) => {
    const bench = createBench(changes, development);
    bench.discovery = () => ({ issuer: changes.iss ?? ISSUER.iss, jwks_uri });
    expect(await bench.find('first')).toBe('keys_unavailable');
    expect(bench.fetched).toHaveLength(1);
  });

  it('is never taken from discovery that names another issuer', async () => {
    const bench = createBench();
    bench.discovery = () => ({ issuer: `${ISSUER.iss}/`, jwks_uri: KEYS });
    expect(await bench.find('first')).toBe('keys_unavailable');
    expect(bench.fetched).toEqual([DISCOVERY]);
  });
});

describe('a key that a set fetched just now lacks', () => {
  it('may be on its way, so asking again may help: the first caller and the next ones', async () => {
    const bench = createBench();
    await bench.find('first');
    bench.now += REFRESH_COOLDOWN_MS;
    const iat = Math.floor(bench.now / 1000) - 600;
    expect(await bench.refusal('unknown', { iat })).toMatchObject({ reason: 'signature_invalid', retryable: true });
    bench.now += 1_000 - (bench.now % 1_000);
    expect(await bench.refusal('unknown', { iat: iat + 1 })).toMatchObject({
      reason: 'keys_unavailable',
      detail: expect.stringContaining('were fetched a few seconds ago'),
    });
    bench.published = [first, second];
    bench.now += REFRESH_COOLDOWN_MS;
    expect(await bench.find('second')).toBe('second');
  });

  it('is not on its way for a token of some age, in the cooldown neither', async () => {
    const bench = createBench();
    await bench.find('first');
    const iat = Math.floor(bench.now / 1000) - 601;
    for (const wait of [REFRESH_COOLDOWN_MS, 1]) {
      bench.now += wait;
      const refusal = await bench.refusal('unknown', { iat });
      expect([refusal?.reason, refusal?.retryable]).toEqual(['signature_invalid', undefined]);
    }
  });

  it('never comes into keys that stand in the policy', async () => {
    const bench = createBench({ jwks: { keys: [first.publicJwk] } });
    expect((await bench.refusal('unknown'))?.retryable).toBeUndefined();
  });
});

describe('a key that is published and of no use', () => {
  it('is named with its flaw, in the log once', async () => {
    const bench = createBench();
    bench.keys = () => Response.json({ keys: [first.publicJwk, { ...second.publicJwk, use: 'enc' }] });
    for (let time = 0; time < 3; time++) {
      const refusal = await bench.refusal('second');
      expect([refusal?.reason, refusal?.detail]).toEqual([
        'signature_invalid',
        expect.stringContaining('publishes the key that signed it, but for encryption (use: "enc")'),
      ]);
    }
    expect(bench.facts).toEqual([{ issuer: 'backend', kid: 'second', cause: 'published for encryption (use: "enc")' }]);
    expect(bench.alarms).toEqual(['key_dropped']);
  });

  it('is found again once the issuer has corrected it', async () => {
    const bench = createBench();
    bench.keys = () => Response.json({ keys: [first.publicJwk, { ...second.publicJwk, use: 'enc' }] });
    await bench.find('second');
    bench.keys = () => Response.json({ keys: [first.publicJwk, second.publicJwk] });
    bench.now += REFRESH_COOLDOWN_MS;
    expect(await bench.find('second')).toBe('second');
  });

  it('fills the log no more than twenty times', async () => {
    const bench = createBench();
    const flawed = Array.from({ length: 50 }, (_, at) => ({ ...first.publicJwk, kid: `k${at}`, use: 'enc' }));
    bench.keys = () => Response.json({ keys: [first.publicJwk, ...flawed] });
    for (const { kid } of flawed) await bench.find(kid);
    expect(bench.alarms).toHaveLength(20);
  });
});

describe('why there are no keys', () => {
  type Bend = (bench: ReturnType<typeof createBench>) => void;
  const publishing =
    (keys: () => Response | Promise<Response>): Bend =>
    (bench) => {
      bench.keys = keys;
    };
  const discovering =
    (discovery: unknown): Bend =>
    (bench) => {
      bench.discovery = () => discovery;
    };

  it.each<readonly [string, Bend, object, 'shortly' | 'never']>([
    ['an error', publishing(() => new Response('', { status: 500 })), { status: 500, cause: 'answers 500' }, 'shortly'],
    ['too many requests', publishing(() => new Response('', { status: 429 })), { status: 429 }, 'shortly'],
    ['a refusal', publishing(() => new Response('', { status: 401 })), { status: 401, cause: 'answers 401' }, 'never'],
    ['an unacceptable request', publishing(() => new Response('', { status: 406 })), { status: 406 }, 'never'],
    [
      'a page',
      publishing(() => new Response('<html>')),
      { cause: 'does not answer with JSON: it is not valid JSON' },
      'never',
    ],
    [
      'an empty set',
      publishing(() => Response.json({ keys: [] })),
      { cause: 'holds no usable key: its list is empty' },
      'never',
    ],
    [
      'keys for encryption alone',
      publishing(() => Response.json({ keys: [{ ...first.publicJwk, use: 'enc' }] })),
      { cause: 'holds no usable key: its first key is published for encryption (use: "enc")' },
      'never',
    ],
    [
      'a redirect',
      publishing(() => new Response(null, { status: 302, headers: { location: '/' } })),
      { fault: 'redirect', cause: 'answers with a redirect (status 302), which is not followed' },
      'never',
    ],
    [
      'a dead network',
      publishing(() =>
        Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })),
      ),
      { fault: 'network', cause: 'cannot be reached: connection refused (ECONNREFUSED)' },
      'shortly',
    ],
    [
      'silence',
      publishing(() => new Promise(() => {})),
      { fault: 'timeout', cause: 'did not answer in time' },
      'shortly',
    ],
    [
      'too much',
      publishing(() => Response.json({ keys: [], filler: 'x'.repeat(512 * 1024) })),
      { fault: 'too_large', cause: 'answers with more than 512 KiB' },
      'never',
    ],
    [
      'discovery of another issuer',
      discovering({ issuer: 'https://other.example.com', jwks_uri: KEYS }),
      { address: DISCOVERY, cause: expect.stringContaining('names another issuer, "https://other.example.com"') },
      'never',
    ],
    [
      'discovery without keys',
      discovering({ issuer: ISSUER.iss }),
      { address: DISCOVERY, cause: 'names no "jwks_uri"' },
      'never',
    ],
    [
      'keys on another host',
      discovering({ issuer: ISSUER.iss, jwks_uri: 'https://172.18.0.2:6443/openid/v1/jwks' }),
      { address: DISCOVERY, cause: expect.stringContaining('"https://172.18.0.2:6443/openid/v1/jwks"') },
      'never',
    ],
  ])('is said in the log, to operators and to the caller: %s', async (_name, bend, facts, passes) => {
    const bench = createBench();
    bend(bench);
    const refusal = await bench.refusal('first');
    await Promise.all(bench.background);
    expect(bench.facts).toEqual([expect.objectContaining({ issuer: 'backend', address: KEYS, ...facts })]);
    const { address, cause } = bench.facts[0] as { address: string; cause: string };
    expect(await bench.whyNotReady()).toBe(`${address} ${cause}`);
    expect(refusal?.reason).toBe('keys_unavailable');
    const later = await bench.refusal('first');
    expect(later?.detail).toContain(`its ${address === KEYS ? 'key set' : 'discovery document'} ${cause}. `);
    expect(later?.detail).toContain(passes === 'shortly' ? 'Try again shortly' : 'does not pass by itself');
    expect(later?.detail).not.toContain(KEYS);
  });

  it('is nothing once they have come', async () => {
    const bench = createBench();
    bench.keys = fail;
    await bench.find('first');
    bench.keys = () => Response.json({ keys: [first.publicJwk] });
    bench.now += REFRESH_COOLDOWN_MS;
    expect(await bench.whyNotReady()).toBeNull();
  });

  it('is that none serves an algorithm of the entry', async () => {
    const bench = createBench({ algorithms: ['ES384'] });
    expect(await bench.whyNotReady()).toBe(`${KEYS} holds no key for ES384`);
  });
});
