// What a caller is told of a token that does not verify: what is wrong, and what to change where.

import { describe, expect, it } from 'vitest';
import { createIssuer } from '../emulator/issuer.ts';
import { backendPolicy, tenantClaims, tenantToken } from '../threats/attack.ts';
import { AUDIENCE, BACKEND, createWorld } from '../world.ts';

const detailOf = async (
  policy: string,
  claims: Record<string, unknown>,
  options: Parameters<typeof tenantToken>[2] = {},
) => {
  const world = await createWorld({ policy });
  const { body } = await world.vend(await tenantToken(world, claims, options));
  return `${body.reason ?? 'token'}: ${body.detail}`;
};

describe('the header', () => {
  const header = { jku: 'https://evil.example/keys', x5c: ['MIIB'] };

  it('with jku or x5c is refused, and the setting that ignores them is named', async () => {
    expect(await detailOf(backendPolicy('typ: JWT'), {}, { header })).toMatch(
      /^token_malformed: .*"ignore_header: \[jku\]"/,
    );
    expect(await detailOf(backendPolicy('ignore_header: [jku]'), {}, { header })).toMatch(/"ignore_header: \[x5c\]"/);
  });

  it('is taken with what its entry ignores, of any length, and nothing is fetched from there', async () => {
    const world = await createWorld({ policy: backendPolicy('ignore_header: [jku, x5c]') });
    const long = { ...header, x5c: Array.from({ length: 3 }, () => 'M'.repeat(2_000)) };
    const reply = await world.vend(await tenantToken(world, {}, { header: long }));
    expect(reply.status).toBe(201);
    expect(JSON.stringify(world.calls)).not.toContain('evil');
  });

  it.each(['x5u', 'jwk', 'crit', 'b64', 'zip'])('never with %s, whatever its entry says', async (name) => {
    const policy = backendPolicy('ignore_header: [jku, x5c]');
    expect(await detailOf(policy, {}, { header: { [name]: 'x' } })).toMatch(/^token_malformed/);
  });
});

describe('Ed25519 and EdDSA', () => {
  it.each([
    ['EdDSA', 'Ed25519', 'Ed25519'],
    ['EdDSA', 'EdDSA', 'Ed25519'],
    ['Ed25519', 'Ed25519', 'EdDSA'],
    ['Ed25519', 'EdDSA', 'EdDSA'],
    ['Ed25519', undefined, 'Ed25519'],
  ])('are one algorithm: %s in the policy, %s in the key, %s in the header', async (policy, key, alg) => {
    const issuer = await createIssuer({
      iss: 'https://ed.example.com',
      algorithm: 'EdDSA',
      now: () => world.clock.now,
    });
    const keys = issuer.jwks().keys.map((jwk) => ({ ...jwk, alg: key }));
    const world = await createWorld({
      policy: backendPolicy('typ: JWT').replace(
        'issuers:',
        `issuers:\n  ed: ${JSON.stringify({ issuer: issuer.iss, algorithms: [policy], jwks: { keys } })}`,
      ),
    });
    const { body } = await world.vend(await issuer.sign({ aud: AUDIENCE }, { header: { alg } }));
    expect(body.reason).toBe('no_rule');
  });
});

describe('the claims', () => {
  const policy = backendPolicy('typ: JWT');
  const tenant = '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f';
  const v2 = `https://login.microsoftonline.com/${tenant}/v2.0`;
  const v1 = `https://sts.windows.net/${tenant}/`;
  const trusting = (iss: string) => policy.replace(BACKEND, iss);

  it.each<readonly [string, string, Record<string, unknown>, readonly (string | RegExp)[]]>([
    ['no iss', policy, { iss: undefined }, ['issuer_untrusted', 'has no "iss"', 'oidc_issuer', 'jwt_issuer']],
    ['no aud', policy, { aud: undefined }, ['claim_invalid', 'no audience ("aud")', AUDIENCE, 'Cognito', 'ID token']],
    [
      'a v1.0 token of Entra',
      trusting(v2),
      { iss: v1 },
      ['v1.0 token', '"requestedAccessTokenVersion" under "api" to 2'],
    ],
    [
      'a v2.0 token of Entra',
      trusting(v1),
      { iss: v2 },
      ['v2.0 token', '"requestedAccessTokenVersion" under "api" to null'],
    ],
    [
      'a v1.0 token of another tenant',
      trusting(v2),
      { iss: v1.replace('1c2d', '1c2e') },
      ['is not trusted by this service. Issuers are compared'],
    ],
    ['neither iat nor nbf', policy, { iat: undefined }, ['claim_invalid', 'neither "iat" nor "nbf"']],
    [
      "a GitLab job's long life",
      policy,
      { project_path: 'a/b', pipeline_id: '1', exp: 1_795_435_200 + 200_000 },
      ['claim_invalid', '"timeout:" in .gitlab-ci.yml', '"max_lifetime"'],
    ],
    [
      'a long life',
      policy,
      { exp: 1_795_435_200 + 200_000 },
      ['claim_invalid', /shorter life, or raise "max_lifetime"/],
    ],
    [
      'a number where text is needed',
      backendPolicy('subject: [user_id]'),
      { user_id: 7 },
      ['token_malformed', '"user_id"', 'is not a string but 7', 'send it as text'],
    ],
  ])('are said to have %s, and what to do', async (_name, text, claims, words) => {
    const detail = await detailOf(text, claims);
    for (const word of words) expect(detail).toMatch(word);
  });

  it('may hold nbf in the place of iat, which is then the time of issue', async () => {
    const world = await createWorld({ policy });
    const now = Math.floor(world.clock.now / 1000);
    const status = async (claims: object) =>
      (await world.vend(await world.backend.sign({ ...tenantClaims(world), ...claims }, { omit: ['iat'] }))).body
        .reason;
    expect(await status({ nbf: now - 10 })).toBeUndefined();
    expect(await status({ nbf: now - 86_401, exp: now + 60 })).toBe('token_too_old');
    expect(await status({ nbf: now - 10, exp: now + 86_395 })).toBe('claim_invalid');
    expect(await status({ nbf: now + 61 })).toBe('token_not_yet_valid');
  });

  it.each([
    ['iat', '.5', 'up', 59, 61],
    ['nbf', '.5', 'up', 59, 61],
    ['exp', '.5', 'down', -59, -60],
  ])('round %s%s %s: never to the caller’s advantage', async (name, fraction, _way, good, bad) => {
    const world = await createWorld({ policy });
    const now = Math.floor(world.clock.now / 1000);
    const vend = async (offset: number) => {
      const times: Record<string, string> = { iat: `${now - 100}`, exp: `${now + 300}` };
      times[name] = `${now + offset}${fraction}`;
      const members = Object.entries(times).map(([key, value]) => `"${key}":${value}`);
      const payload = `{"iss":"${BACKEND}","aud":"${AUDIENCE}","sub":"s","tenant":"a",${members.join(',')}}`;
      return (
        await world.vend(
          await world.backend.signRaw({ alg: 'RS256', kid: world.backend.keys[0]!.kid, typ: 'JWT' }, payload),
        )
      ).status;
    };
    expect([await vend(good), await vend(bad)]).toEqual([201, 401]);
  });
});

describe('a number of eighteen digits', () => {
  const NUMBER = '314159265358979323';
  const policy = backendPolicy('typ: JWT').replace('tenant: { exists: true }', 'sub: s, org_id: "1"');

  it('is shown as it was written, with the note that nothing equals it', async () => {
    const world = await createWorld({ policy });
    const now = Math.floor(world.clock.now / 1000);
    const payload = `{"iss":"${BACKEND}","aud":"${AUDIENCE}","sub":"s","org_id":${NUMBER},"at":{"x":1.0},"iat":${now},"exp":${now + 60}.5}`;
    const signed = () => world.backend.signRaw({ alg: 'RS256', kid: world.backend.keys[0]!.kid, typ: 'JWT' }, payload);
    const refused = await world.vend(await signed());
    expect(refused.body.detail).toContain(`org_id is ${NUMBER} but the rule wants "1"`);
    expect(refused.body.detail).toContain('the issuer must send it as text');
    const who = await world.request('/v1/whoami', { headers: { authorization: `Bearer ${await signed()}` } });
    expect(who.text).toContain(`"org_id":${NUMBER},"at":{"x":1.0}`);
    expect(who.body.notes).toEqual([
      expect.stringMatching(/^org_id is a number that JSON readers round/),
      expect.stringMatching(/^\/at\/x is a number/),
    ]);
  });
});
