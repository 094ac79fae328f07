// Each provider as its preset knows it, over HTTP: the policy of its page in the documentation vends to a caller as the provider would vouch
// for them, and refuses one who differs in a single thing.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PRESET_NAMES, type PresetName } from '../src/identity/presets.ts';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { createIssuer, type SignOptions } from './emulator/issuer.ts';
import { type Claims, PERSONAS, type Persona } from './preset-callers.ts';
import { AUDIENCE, createWorld } from './world.ts';

async function documentedPolicy(preset: PresetName): Promise<string> {
  const page = await readFile(join(import.meta.dirname, `../docs/providers/${preset}.md`), 'utf8');
  return /^```yaml\n(.*?)^```$/ms.exec(page)![1]!;
}

async function vendTo(preset: PresetName, persona: Persona, overrides: Claims = {}, options: SignOptions = {}) {
  const { iss, algorithm, jwksPath, discovery, audience = AUDIENCE, claims, permission } = persona;
  const world = await createWorld({
    policy: await documentedPolicy(preset),
    influx: { databases: ['ci_metrics', 'app_metrics', 'sensors', 'tenant_a', 'plant'] },
    elsewhere: (request) => issuer.fetch(request),
  });
  const issuer = await createIssuer({
    iss,
    now: () => world.clock.now,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(jwksPath === undefined ? {} : { jwksPath }),
  });
  if (discovery !== undefined) issuer.answer.discovery = discovery;
  // Two of the providers have an emulated issuer in every world; here they are played by this one.
  world.github.fetch = issuer.fetch;
  world.backend.fetch = issuer.fetch;
  const token = await issuer.sign(claims({ aud: audience, ...overrides }), options);
  const reply = await world.vend(token, { permissions: [permission] });
  return { world, reply, requests: issuer.requests.map(({ path }) => path) };
}

describe.each(
  PRESET_NAMES.flatMap((preset) => PERSONAS[preset].map((persona) => ({ preset, persona, who: persona.who }))),
)('$preset: $who', ({ preset, persona }) => {
  test('is vended what the documented policy grants', async () => {
    const { world, reply, requests } = await vendTo(preset, persona);
    expect({ status: reply.status, rule: reply.body.rule, detail: reply.body.detail }).toEqual({
      status: 201,
      rule: persona.rule,
      detail: undefined,
    });
    expect(world.events).toMatchObject([{ outcome: 'allowed', rule: persona.rule }]);
    if (persona.jwksPath !== undefined) expect(requests.at(-1)).toContain(persona.jwksPath);
  });

  test.each(persona.near)('is refused as $reason: $name', async ({ claims, options, reason }) => {
    const { world, reply } = await vendTo(preset, persona, claims, options);
    expect({ reason: reply.body.reason, detail: reply.body.detail }).toMatchObject({ reason });
    expect(world.influx.creates()).toBe(0);
    expect(world.events).toMatchObject([{ outcome: 'refused', reason }]);
  });
});

test.each(PRESET_NAMES)('%s has all that CONTRIBUTING.md asks of a preset', async (preset) => {
  const read = (path: string) => readFile(join(import.meta.dirname, '..', path), 'utf8').catch(() => '');
  const missing: string[] = [];
  const step = (isDone: boolean, what: string) => void (isDone || missing.push(what));

  const source = await read(`src/identity/presets/${preset}.ts`);
  step(
    preset === 'generic' || /^\/\/ .*https:\/\/\S+/m.test(source),
    `src/identity/presets/${preset}.ts, with its source`,
  );
  const page = await read(`docs/providers/${preset}.md`);
  step(/^```yaml$/m.test(page), `docs/providers/${preset}.md, with a policy`);
  const link = new RegExp(`\\[([^\\]]+)\\]\\(providers/${preset}\\.md\\)`).exec(await read('docs/policy.md'));
  step(link !== null, `a link to docs/providers/${preset}.md under "Providers" in docs/policy.md`);
  // The README calls a provider by the last word of its name: "Entra" for "Microsoft Entra ID".
  const called = (link?.[1] ?? preset).replace(/^Microsoft | ID$/g, '');
  step(preset === 'generic' || (await read('README.md')).includes(called), `"${called}" in the README`);
  const personas: readonly Persona[] = PERSONAS[preset];
  step(
    personas.length > 0 && personas.every(({ near }) => near.length > 0),
    'a caller in test/preset-callers.ts, and one step from it a refused one',
  );
  expect(missing).toEqual([]);
});

const FORMS: readonly (readonly [preset: PresetName, accepted: readonly string[], refused: readonly string[]])[] = [
  [
    'github-actions',
    [
      'https://token.actions.githubusercontent.com/acme-group',
      'https://token.actions.acme.ghe.com',
      'https://token.actions.acme.ghe.com/acme',
      'https://ghes.acme.example/_services/token',
    ],
    [
      'https://token.actions.githubusercontent.com/',
      'https://token.actions.githubusercontent.com/acme/group',
      'https://token.actions.githubusercontent.com.evil.example',
      'https://token.actions.acme.evil.ghe.com',
      'https://token.actions.acme.ghe.com/other',
      'https://github.com',
      'https://ghes.acme.example/_services/token/',
    ],
  ],
  [
    'gitlab',
    ['https://gitlab.acme.example', 'https://acme.example/gitlab'],
    ['https://gitlab.acme.example/', 'https://gitlab.acme.example//x'],
  ],
  [
    'kubernetes',
    ['https://oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D', 'https://cluster.acme.example'],
    ['http://cluster.acme.example', 'https://10.96.0.1', 'https://kubernetes.default.svc.cluster.local'],
  ],
  [
    'circleci',
    ['https://oidc.circleci.com/org/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f'],
    [
      'https://oidc.circleci.com',
      'https://oidc.circleci.com/org/acme',
      'https://oidc.circleci.com/org/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/',
    ],
  ],
  [
    'auth0',
    ['https://acme.auth0.com/', 'https://acme.eu.auth0.com/', 'https://login.acme.example/'],
    ['https://acme.auth0.com', 'https://acme.auth0.com/x/'],
  ],
  [
    'okta',
    ['https://acme.okta.com/oauth2/default', 'https://login.acme.example/oauth2/aus1b2c3'],
    ['https://acme.okta.com/', 'https://acme.okta.com/oauth2/default/', 'https://acme.okta.com/oauth2'],
  ],
  [
    'entra',
    [
      'https://login.microsoftonline.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
      'https://login.microsoftonline.us/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
      'https://login.partner.microsoftonline.cn/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
      'https://1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f.ciamlogin.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
    ],
    [
      'https://login.microsoftonline.cn/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
      'https://login.microsoftonline.de/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
      'https://9c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f.ciamlogin.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
      'https://login.microsoftonline.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0/',
      'https://login.microsoftonline.com/common/v2.0',
      'https://login.microsoftonline.com/organizations/v2.0',
      'https://sts.windows.net/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/',
    ],
  ],
  [
    'azure-devops',
    ['https://vstoken.dev.azure.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f'],
    [
      'https://vstoken.dev.azure.com',
      'https://vstoken.dev.azure.com/acme',
      'https://vstoken.dev.azure.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/',
    ],
  ],
  [
    'bitbucket',
    ['https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc'],
    ['https://bitbucket.org/acme', 'https://api.bitbucket.org/2.0/workspaces/acme/x/pipelines-config/identity/oidc'],
  ],
  [
    'hcp-terraform',
    ['https://app.terraform.io', 'https://app.eu.terraform.io', 'https://terraform.acme.example'],
    ['https://app.terraform.io/', 'https://app.terraform.io/acme'],
  ],
  [
    'aws',
    ['https://0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d.tokens.sts.global.api.aws'],
    [
      'https://sts.amazonaws.com',
      'https://tokens.sts.global.api.aws',
      'https://0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d.tokens.sts.global.api.aws.evil.example',
    ],
  ],
  ['fly', ['https://oidc.fly.io/acme'], ['https://oidc.fly.io', 'https://oidc.fly.io/acme/']],
  ['vercel', ['https://oidc.vercel.com/acme'], ['https://oidc.vercel.com/acme/', 'https://vercel.com/acme']],
  [
    'keycloak',
    ['https://login.acme.example/realms/acme', 'https://acme.example/auth/realms/acme'],
    ['https://login.acme.example', 'https://login.acme.example/realms/acme/'],
  ],
  ['spiffe', ['https://oidc.prod.example', 'https://prod.example/spire'], ['spiffe://prod.example']],
];

describe.each(FORMS)('%s, given an issuer', (preset, accepted, refused) => {
  const build = async (issuer: string) => {
    const text = JSON.stringify({
      audience: AUDIENCE,
      issuers: { it: { preset, issuer } },
      instances: { main: { url: 'https://influxdb.example.com', admin_token: 'INFLUXDB3_ADMIN_TOKEN' } },
      rules: [],
    });
    return (await compilePolicy(text, { development: false })).policy?.issuers.it?.iss ?? null;
  };

  test.each(accepted)('takes %s, byte by byte', async (issuer) => {
    expect(await build(issuer)).toBe(issuer);
  });

  test.each(refused)('refuses %s', async (issuer) => {
    expect(await build(issuer)).toBeNull();
  });
});

test.each(['buildkite', 'google', 'cloudflare-access'] as const)('%s takes no issuer of the policy', async (preset) => {
  const { policy, findings } = await compilePolicy(
    `audience: x\nissuers: { it: { preset: ${preset}, team: acme, issuer: "https://login.example.com" } }\ninstances: {}\nrules: []\n`,
    { development: false },
  );
  expect(policy).toBeNull();
  expect(findings.map(({ message }) => message)).toContain(`the preset ${preset} settles "issuer" itself`);
});
