// Tests of the emulated issuer and the personas, against jose as a relying party would use it.
// They never touch a socket: the issuer's own handler stands in for the network.

import { base64url, compactVerify, createLocalJWKSet, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { createIssuer, createSigningKey, type Issuer, type SigningAlgorithm } from './issuer.ts';
import { githubActions, gitlabCi, kubernetesServiceAccount, person, personaAudience } from './personas.ts';

const iss = 'https://issuer.acme.example';
const start = Date.UTC(2026, 0, 1);
const aud = personaAudience;

async function get(issuer: Issuer, url: string): Promise<Record<string, unknown>> {
  const response = await issuer.fetch(new Request(url));
  expect(response.status).toBe(200);
  return response.json() as Promise<Record<string, unknown>>;
}

function verify(issuer: Issuer, token: string, algorithms?: string[]) {
  const options = { issuer: issuer.iss, audience: aud, ...(algorithms && { algorithms }) };
  return jwtVerify(token, createLocalJWKSet(issuer.jwks()), options);
}

describe('an emulated issuer', () => {
  it.each([
    ['https://issuer.acme.example', 'https://issuer.acme.example'],
    ['https://issuer.acme.example/', 'https://issuer.acme.example'],
    ['https://issuer.acme.example/tenant/7', 'https://issuer.acme.example/tenant/7'],
  ])('lets a relying party go from %s to a verified token', async (identifier, base) => {
    const issuer = await createIssuer({ iss: identifier });
    const document = await get(issuer, `${base}/.well-known/openid-configuration`);
    expect(document.issuer).toBe(identifier);
    expect(document.jwks_uri).toBe(`${base}/.well-known/jwks`);

    const served = (await get(issuer, String(document.jwks_uri))) as ReturnType<Issuer['jwks']>;
    expect(served).toEqual(issuer.jwks());
    const token = await issuer.sign({ aud });
    const { payload } = await jwtVerify(token, createLocalJWKSet(served), { issuer: identifier, audience: aud });
    expect(payload.iss).toBe(identifier);
  });

  it('serves its key set where it is told to', async () => {
    const issuer = await createIssuer({ iss, jwksPath: '/cdn-cgi/access/certs' });
    const document = await get(issuer, `${iss}/.well-known/openid-configuration`);
    expect(document.jwks_uri).toBe(`${iss}/cdn-cgi/access/certs`);
    expect(await get(issuer, String(document.jwks_uri))).toEqual(issuer.jwks());
  });

  it('publishes no private part of a key', async () => {
    const issuer = await createIssuer({ iss });
    expect(Object.keys(issuer.jwks().keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('answers under any host, and 404 for any other path or method', async () => {
    const issuer = await createIssuer({ iss: `${iss}/tenant`, now: () => start });
    await get(issuer, 'http://127.0.0.1:4000/tenant/.well-known/openid-configuration');
    const refused = [
      new Request(`${iss}/.well-known/openid-configuration`),
      new Request(`${iss}/tenant/token`),
      new Request(`${iss}/tenant/.well-known/jwks`, { method: 'POST' }),
    ];
    for (const request of refused) expect((await issuer.fetch(request)).status).toBe(404);
    expect(issuer.requests).toEqual([
      { path: '/tenant/.well-known/openid-configuration', at: start },
      { path: '/.well-known/openid-configuration', at: start },
      { path: '/tenant/token', at: start },
      { path: '/tenant/.well-known/jwks', at: start },
    ]);
  });

  it('gives the answers put in place of its own, and its own again once they are taken away', async () => {
    const issuer = await createIssuer({ iss });
    const jwks = () => issuer.fetch(new Request(`${iss}/.well-known/jwks`));
    issuer.answer.discovery = () => new Response('busy', { status: 503 });
    issuer.answer.jwks = () => {
      throw new TypeError('fetch failed');
    };
    expect((await issuer.fetch(new Request(`${iss}/.well-known/openid-configuration`))).status).toBe(503);
    await expect(jwks()).rejects.toThrow(TypeError);
    expect(issuer.requests).toHaveLength(2);

    issuer.answer = {};
    expect(await (await jwks()).json()).toEqual(issuer.jwks());
  });
});

describe('signing', () => {
  it('fills the registered claims but the audience', async () => {
    const issuer = await createIssuer({ iss, now: () => start });
    const { payload, protectedHeader } = await compactVerify(await issuer.sign({}), createLocalJWKSet(issuer.jwks()));
    const claims = JSON.parse(new TextDecoder().decode(payload));
    const iat = start / 1000;
    expect(claims).toEqual({ iss, sub: 'subject', iat, exp: iat + 300, jti: expect.any(String) });
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: issuer.keys[0]?.kid, typ: 'JWT' });
  });

  it('keeps what is given and leaves out what is undefined or omitted', async () => {
    const issuer = await createIssuer({ iss });
    const token = await issuer.sign(
      { aud, sub: 'app', iat: undefined, scope: 'a' },
      { omit: ['jti', 'scope'], header: { kid: undefined, typ: 'at+jwt' } },
    );
    const { payload, protectedHeader } = await verify(issuer, token);
    expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iss', 'sub']);
    expect(payload.sub).toBe('app');
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'at+jwt' });
  });

  it('gives every token an id of its own', async () => {
    const issuer = await createIssuer({ iss, now: () => start });
    expect(await issuer.sign({ aud })).not.toBe(await issuer.sign({ aud }));
  });

  it.each<SigningAlgorithm>([
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'Ed25519',
  ])('makes %s signatures a relying party accepts', async (algorithm) => {
    const issuer = await createIssuer({ iss, algorithm });
    const { protectedHeader } = await verify(issuer, await issuer.sign({ aud }), [algorithm]);
    expect(protectedHeader.alg).toBe(algorithm);
  });

  it('with a key that is not published fails to verify, even under a published id', async () => {
    const issuer = await createIssuer({ iss });
    const stranger = await createSigningKey('RS256', issuer.keys[0]?.kid);
    const token = await issuer.sign({ aud }, { key: stranger });
    await expect(verify(issuer, token)).rejects.toThrow('signature verification failed');
  });

  it('never shares a key between two issuers of one name', async () => {
    const [issuer, impostor] = await Promise.all([createIssuer({ iss }), createIssuer({ iss })]);
    expect(impostor.keys[0]?.publicJwk.n).not.toBe(issuer.keys[0]?.publicJwk.n);
    await expect(verify(issuer, await impostor.sign({ aud }))).rejects.toThrow('no applicable key');
  });
});

describe('rotation', () => {
  it('replaces the key, so that earlier tokens no longer verify', async () => {
    const issuer = await createIssuer({ iss });
    const before = await issuer.sign({ aud });
    const key = await issuer.rotate();
    expect(issuer.keys).toEqual([key]);
    await expect(verify(issuer, before)).rejects.toThrow('no applicable key');
    await verify(issuer, await issuer.sign({ aud }));
  });

  it('can keep the earlier keys published', async () => {
    const issuer = await createIssuer({ iss });
    const before = await issuer.sign({ aud });
    const key = await issuer.rotate({ keepOld: true });
    expect(issuer.jwks().keys).toHaveLength(2);
    await verify(issuer, before);
    const after = await issuer.sign({ aud });
    expect(decodeProtectedHeader(after).kid).toBe(key.kid);
    await verify(issuer, after);
  });

  it('can change the algorithm', async () => {
    const issuer = await createIssuer({ iss });
    await issuer.rotate({ keepOld: true, algorithm: 'ES256' });
    const document = await get(issuer, `${iss}/.well-known/openid-configuration`);
    expect(document.id_token_signing_alg_values_supported).toEqual(['ES256', 'RS256']);
    await verify(issuer, await issuer.sign({ aud }), ['ES256']);
  });
});

describe('raw signing', () => {
  it.each([
    ['duplicate keys', '{"sub":"app","sub":"admin"}'],
    ['odd whitespace', ' {\t"sub" :\n"app"\r}  '],
    ['what is not JSON', '{"sub":'],
    ['nothing', ''],
  ])('keeps %s, and the signature holds', async (_, text) => {
    const issuer = await createIssuer({ iss });
    const header = `{ "alg":"RS256", "kid":"${issuer.keys[0]?.kid}" }`;
    const token = await issuer.signRaw(header, text);
    expect(token.split('.').slice(0, 2)).toEqual([base64url.encode(header), base64url.encode(text)]);
    const { payload } = await compactVerify(token, createLocalJWKSet(issuer.jwks()));
    expect(new TextDecoder().decode(payload)).toBe(text);
  });

  it('keeps bytes that are no UTF-8', async () => {
    const issuer = await createIssuer({ iss });
    const bytes = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]);
    const { payload } = await compactVerify(
      await issuer.signRaw({ alg: 'RS256' }, bytes),
      createLocalJWKSet(issuer.jwks()),
    );
    expect([...payload]).toEqual([...bytes]);
  });

  it('signs by the algorithm the header names where the key can', async () => {
    const issuer = await createIssuer({ iss });
    const { kid: _kid, alg: _alg, ...jwk } = issuer.jwks().keys[0] ?? {};
    for (const alg of ['RS512', 'PS256']) {
      const token = await issuer.signRaw({ alg }, { sub: 'app' });
      await compactVerify(token, await importJWK(jwk, alg), { algorithms: [alg] });
    }
  });

  it.each([
    ['names none', { alg: 'none' }],
    ['names one of another kind of key', { alg: 'ES256' }],
    ['is not JSON', '{'],
    ['is not an object', 'null'],
  ])('signs by the algorithm of the key when the header %s', async (_, header) => {
    const issuer = await createIssuer({ iss });
    const [head, body, signature] = (await issuer.signRaw(header, {})).split('.');
    const verified = await crypto.subtle.verify(
      { name: 'RSASSA-PKCS1-v1_5' },
      await crypto.subtle.importKey(
        'jwk',
        { ...issuer.keys[0]?.publicJwk } as JsonWebKey,
        { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
        false,
        ['verify'],
      ),
      base64url.decode(signature ?? '') as Uint8Array<ArrayBuffer>,
      new TextEncoder().encode(`${head}.${body}`),
    );
    expect(verified).toBe(true);
  });

  it('passes a published key off as a shared secret', async () => {
    const issuer = await createIssuer({ iss });
    const publicJwk = issuer.keys[0]?.publicJwk ?? {};
    const secret = new TextEncoder().encode(JSON.stringify(publicJwk));
    const privateKey = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const token = await issuer.signRaw({ alg: 'HS256' }, {}, { kid: 'k', alg: 'HS256', privateKey, publicJwk });
    await compactVerify(token, secret);
    await expect(compactVerify(token, createLocalJWKSet(issuer.jwks()))).rejects.toThrow('Unsupported "alg" value');
  });
});

describe('a persona', () => {
  it('of GitHub Actions has the immutable ids and the ref a policy relies on, all as strings', async () => {
    const issuer = await createIssuer({ iss });
    const { payload } = await verify(issuer, await issuer.sign(githubActions()));
    expect(payload).toMatchObject({
      sub: 'repo:acme@77/app@123456:ref:refs/heads/main',
      repository: 'acme/app',
      repository_id: '123456',
      repository_owner_id: '77',
      enterprise_id: '9',
      ref: 'refs/heads/main',
      ref_type: 'branch',
      ref_protected: 'true',
      job_workflow_ref: 'acme/app/.github/workflows/deploy.yml@refs/heads/main',
      event_name: 'push',
      head_ref: '',
    });
    expect(new Set(Object.values(githubActions()).map((value) => typeof value))).toEqual(new Set(['string']));
    expect(payload).not.toHaveProperty('environment');
  });

  it('of GitLab CI has the ids and a ref without prefix, its booleans as strings', async () => {
    const issuer = await createIssuer({ iss });
    const { payload } = await verify(issuer, await issuer.sign(gitlabCi()));
    expect(payload).toMatchObject({
      sub: 'project_path:acme/app:ref_type:branch:ref:main',
      namespace_id: '72',
      project_id: '2022',
      ref: 'main',
      ref_protected: 'true',
      pipeline_source: 'push',
    });
  });

  it('of a Kubernetes service account has the nested claim under a key with a dot', async () => {
    const issuer = await createIssuer({ iss });
    const { payload } = await verify(issuer, await issuer.sign(kubernetesServiceAccount()));
    expect(payload.aud).toEqual([aud]);
    expect(payload.sub).toBe('system:serviceaccount:apps:app');
    expect(payload['kubernetes.io']).toMatchObject({
      namespace: 'apps',
      serviceaccount: { name: 'app', uid: expect.any(String) },
      pod: { uid: expect.any(String) },
      node: { uid: expect.any(String) },
    });
  });

  it('of a person has a subject, a verified address and an array of audiences', async () => {
    const issuer = await createIssuer({ iss });
    const { payload } = await verify(issuer, await issuer.sign(person()));
    expect(payload).toMatchObject({ aud: [aud], email: 'dev@acme.example', email_verified: true });
    expect(payload.sub).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes overrides, added claims and values no provider would send', () => {
    expect(githubActions({ environment: 'production', ref: 'refs/tags/v1' })).toMatchObject({
      environment: 'production',
      ref: 'refs/tags/v1',
      repository: 'acme/app',
    });
    const untyped = gitlabCi({ project_id: 2022, groups_direct: ['acme'] });
    expect(untyped.project_id + 1).toBe(2023);
    expect(untyped.groups_direct).toEqual(['acme']);
    expect(person({ email: undefined }).email).toBeUndefined();
    expect(kubernetesServiceAccount()['kubernetes.io'].serviceaccount.name).toBe('app');
  });
});
