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
    find: async (kid: string | undefined) => {
      const key = await source.find({ kid, alg: 'ES256', claims: { iss: issuer.iss } });
      return key.ok ? key.value[0]!.kid : key.failure.reason;
    },
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
      alarm: (name) => bench.alarms.push(name),
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
    for (const { headers } of bench.requests) expect([...headers]).toEqual([['accept', 'application/json']]);
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
