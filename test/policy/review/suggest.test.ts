// From tokens to the rule that admits them: tight, lint-clean, and honest about what else it admits.

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Claims } from '../../../src/identity/claim.ts';
import { PRESETS, type PresetName } from '../../../src/identity/presets.ts';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { evaluate } from '../../../src/policy/decision/evaluate.ts';
import { type Suggestion, suggestRule } from '../../../src/policy/review/suggest.ts';
import { idiomatic } from '../../../src/policy/review/suggest-idiom.ts';
import { exampleRequest, refusingTestFor, suggestionText, testFor } from '../../../src/policy/review/suggest-text.ts';
import { githubActions, gitlabCi, kubernetesServiceAccount, person } from '../../emulator/personas.ts';
import {
  accessPerson,
  auth0Machine,
  awsRole,
  azureDevopsRun,
  bitbucketStep,
  buildkiteJob,
  circleciJob,
  entraMachine,
  flyMachine,
  googlePerson,
  googleServiceAccount,
  keycloakClient,
  spiffeWorkload,
  terraformRun,
  vercelFunction,
} from '../../emulator/provider-personas.ts';
import { compiled, triples } from '../policy-text.ts';

/** What is written beside a preset that has no usual issuer. */
const ENTRIES: Readonly<Record<PresetName, string>> = {
  generic: 'issuer: https://issuer.example',
  'github-actions': 'preset: github-actions',
  gitlab: 'preset: gitlab',
  kubernetes: 'preset: kubernetes, issuer: https://cluster.example',
  buildkite: 'preset: buildkite',
  circleci: 'preset: circleci, issuer: https://oidc.circleci.com/org/11111111-2222-3333-4444-555555555555',
  'azure-devops': 'preset: azure-devops, issuer: https://vstoken.dev.azure.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
  bitbucket: 'preset: bitbucket, issuer: https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc',
  'hcp-terraform': 'preset: hcp-terraform',
  aws: 'preset: aws, issuer: https://0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d.tokens.sts.global.api.aws',
  fly: 'preset: fly, issuer: https://oidc.fly.io/acme',
  vercel: 'preset: vercel, issuer: https://oidc.vercel.com/acme',
  spiffe: 'preset: spiffe, issuer: https://oidc.prod.example',
  keycloak: 'preset: keycloak, issuer: https://login.example.com/realms/acme',
  auth0: 'preset: auth0, issuer: https://acme.auth0.com/',
  okta: 'preset: okta, issuer: https://acme.okta.com/oauth2/default',
  entra: 'preset: entra, issuer: https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
  google: 'preset: google',
  'cloudflare-access': 'preset: cloudflare-access, team: acme',
};

const head = (preset: PresetName) => `
audience: https://sts.example.com
issuers: { caller: { ${ENTRIES[preset]} } }
instances: { main: { url: "https://influxdb.example.com", admin_token: INFLUXDB3_ADMIN_TOKEN } }
`;

const TIMES = { iss: 'https://issuer.example', exp: 1, iat: 1, nbf: 1, jti: 'one' };

async function suggest(preset: PresetName, ...tokens: readonly Claims[]): Promise<Suggestion> {
  const policy = await compiled(`${head(preset)}rules: []\n`);
  const suggestion = suggestRule(policy.issuers.caller!, PRESETS[preset], tokens);
  if (!suggestion.ok) throw new Error(suggestion.problem);
  return suggestion.value;
}

const PERSONAS: readonly (readonly [PresetName, Claims])[] = [
  ['github-actions', githubActions()],
  ['github-actions', githubActions({ environment: 'prod', sub: 'repo:acme@77/app@123456:environment:prod' })],
  ['gitlab', gitlabCi()],
  ['kubernetes', kubernetesServiceAccount()],
  ['cloudflare-access', accessPerson()],
  ['cloudflare-access', { aud: ['x'], sub: '', common_name: 'c1.access', type: 'app' }],
  ['google', googleServiceAccount()],
  ['auth0', person({ sub: 'auth0|5f7c8ec7' })],
  ['auth0', auth0Machine()],
  ['okta', person({ uid: '00u1', cid: '0oa1' })],
  ['entra', entraMachine()],
  ['entra', entraMachine({ preferred_username: 'dev@acme.example', name: 'Dev', scp: 'influxdb' })],
  ['circleci', circleciJob()],
  ['buildkite', buildkiteJob()],
  ['buildkite', buildkiteJob({ sub: '0184990a-4a5b-4c6d-8e7f-8a9b0c1d2e3f' })],
  ['azure-devops', azureDevopsRun()],
  ['bitbucket', bitbucketStep()],
  ['hcp-terraform', terraformRun()],
  ['aws', awsRole()],
  ['fly', flyMachine()],
  ['vercel', vercelFunction()],
  ['spiffe', spiffeWorkload()],
  ['keycloak', keycloakClient()],
  ['google', googlePerson()],
  ['generic', person()],
  ['generic', { sub: 'x', odd: null, huge: 2 ** 60, deep: { er: { still: 'y' } }, '/slash/~': 'z', list: [1, 2] }],
];

describe('a suggested rule', () => {
  test.each(PERSONAS)('for a token of %s builds without a finding, and admits it', async (preset, claims) => {
    const token = { ...TIMES, ...claims };
    const suggestion = await suggest(preset, token);
    const allow = ['db:ci_metrics:write'];
    const rule = { name: 'suggested', issuer: 'caller', when: suggestion.when, allow };
    const text = suggestionText(rule, testFor(rule, token, exampleRequest(allow)), suggestion);
    const { policy, findings, tests } = await compilePolicy(head(preset) + text, { development: false });
    expect(findings).toEqual([]);
    expect(tests).toMatchObject([{ passed: true, rule: 'suggested' }]);
    const { result } = evaluate(policy!, { issuer: 'caller', claims: token }, { permissions: triples(...allow) }, 0);
    expect(result.ok).toBe(true);
  });

  test('pins ids, keeps what the provider vouches for, and leaves the rest out', async () => {
    const { when, names, admits } = await suggest('github-actions', { ...TIMES, ...githubActions() });
    expect(when).toEqual({
      repository_id: '123456',
      repository_owner_id: '77',
      repository_visibility: 'private',
      enterprise_id: '9',
      ref: 'refs/heads/main',
      ref_type: 'branch',
      ref_protected: 'true',
      event_name: 'push',
      runner_environment: 'github-hosted',
    });
    expect(names).toContain('repository "acme/app"');
    expect(admits).toContainEqual(expect.stringMatching(/any workflow\b.*any actor\b/));
    expect(admits).toContainEqual(expect.stringMatching(/any workflow_ref\b/));
  });

  test('takes nested claims apart, and pins a service account by its uid', async () => {
    const { when } = await suggest('kubernetes', { ...TIMES, ...kubernetesServiceAccount() });
    expect(when).toEqual({ '/kubernetes.io/serviceaccount/uid': '3c6f1f0e-52a4-4f0f-9a53-0d2b7f6f6a11' });
  });

  test('keeps names where no id is at hand', async () => {
    const { serviceaccount: _, ...rest } = kubernetesServiceAccount()['kubernetes.io'];
    const { when } = await suggest('kubernetes', { sub: 'system:serviceaccount:apps:app', 'kubernetes.io': rest });
    expect(when).toEqual({ sub: 'system:serviceaccount:apps:app', '/kubernetes.io/namespace': 'apps' });
  });

  test('is refused where a shared issuer gave no id at all', async () => {
    const slugs = { organization_slug: 'acme', pipeline_slug: 'app', build_branch: 'main' };
    await expect(suggest('buildkite', slugs)).rejects.toThrow('hold none of organization_id, pipeline_id');
  });

  test('is refused where the tokens have nothing in common', async () => {
    await expect(suggest('generic', { iat: 1, jti: 'a' })).rejects.toThrow('nothing in common');
  });

  test('lists a few values, and says that they combine', async () => {
    const one = githubActions();
    const two = githubActions({ ref: 'refs/heads/release', event_name: 'workflow_dispatch' });
    const { when, admits } = await suggest('github-actions', one, two);
    expect(when).toMatchObject({
      ref: ['refs/heads/main', 'refs/heads/release'],
      event_name: ['push', 'workflow_dispatch'],
    });
    expect(admits).toContain('any combination of the values listed for ref, event_name');
  });

  test('lets go of a claim with many values, and never of ids', async () => {
    const many = Array.from({ length: 6 }, (_, at) =>
      githubActions({ ref: `refs/heads/${at}`, repository_id: `${at}` }),
    );
    const { when, admits } = await suggest('github-actions', ...many);
    expect(when).not.toHaveProperty('ref');
    expect(when.repository_id).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(admits).toContainEqual(expect.stringContaining('any ref: '));
  });

  test('lets go of a claim that some tokens lack, and says so', async () => {
    const { when, admits } = await suggest('github-actions', githubActions(), githubActions({ environment: 'prod' }));
    expect(when).not.toHaveProperty('environment');
    expect(admits).toContain('tokens with and without environment: not all of them have it');
  });

  test('wants the one group that all tokens share', async () => {
    const one = await suggest('generic', person({ groups: ['a', 'b'] }), person({ groups: ['b', 'c'] }));
    expect(one.when.groups).toEqual({ contains: 'b' });
    const several = await suggest('generic', person({ groups: ['a', 'b'] }));
    expect(several.when).not.toHaveProperty('groups');
    expect(several.admits).toContainEqual(expect.stringContaining('any groups'));
  });
});

describe('its text', () => {
  test('survives claims that YAML could misread', async () => {
    const claims = { sub: 'x', a: 'true', b: '007', c: '- {x}: # "', d: 'line\nbreak', 'e: f': '*anchor', g: '1e3' };
    const suggestion = await suggest('generic', claims);
    const rule = { name: 'suggested', issuer: 'caller', when: suggestion.when, allow: ['db:a:read'] };
    const text = suggestionText(rule, testFor(rule, claims, ['db:a:read']), suggestion);
    expect(parse(text).rules).toEqual([rule]);
    expect(parse(text).tests[0].claims).toEqual(claims);
  });

  test('names what the ids stand for in a comment of one line', async () => {
    const claims = githubActions({ repository: 'acme/app\n  - name: evil' });
    const suggestion = await suggest('github-actions', claims);
    const rule = { name: 'suggested', issuer: 'caller', when: suggestion.when, allow: ['db:a:read'] };
    const text = suggestionText(rule, testFor(rule, claims, []), suggestion);
    expect(text).toMatch(/^ {2}# At the time of writing: .*repository "acme/m);
    expect(parse(text).rules).toEqual([rule]);
  });

  test.each([
    [
      ['db:a:read', 'system:health:read'],
      ['db:a:read', 'system:health:read'],
    ],
    [['db:*:read'], ['db:*:read']],
    [['db:t_*,*_u:read'], ['db:t_x,x_u:read']],
    [['db:t_{tenant}:read', 'db:a:write'], ['db:a:write']],
  ])('asks of %j in its test for %j', (allow, request) => {
    expect(exampleRequest(allow)).toEqual(request);
  });
});

describe('an idiomatic rule', () => {
  test.each(
    PERSONAS,
  )('for a token of %s builds without a finding, with a test that is granted and one that is refused', async (preset, claims) => {
    const token = { ...TIMES, ...claims };
    const suggestion = idiomatic(await suggest(preset, token), PRESETS[preset]);
    const allow = ['db:ci_metrics:write'];
    const rule = { name: 'suggested', issuer: 'caller', when: suggestion.when, allow };
    const admitting = testFor(rule, token, exampleRequest(allow));
    const refusing = refusingTestFor(rule, admitting)!;
    const text = suggestionText(rule, admitting, suggestion, refusing);
    const { findings, tests } = await compilePolicy(head(preset) + text, { development: false });
    expect(findings).toEqual([]);
    expect(tests).toMatchObject([
      { passed: true, rule: 'suggested' },
      { passed: true, rule: null },
    ]);
  });

  test('of GitHub asks for ids, branch and event, and says what it leaves to --tightest', async () => {
    const { when, admits } = idiomatic(
      await suggest('github-actions', { ...TIMES, ...githubActions() }),
      PRESETS['github-actions'],
    );
    expect(when).toEqual({
      repository_id: '123456',
      repository_owner_id: '77',
      ref: 'refs/heads/main',
      event_name: 'push',
    });
    expect(admits.at(-1)).toMatch(/any runner_environment.*--tightest/);
  });

  test('is refused another branch, and where there is none another id', async () => {
    const rule = { name: 'r', issuer: 'caller', allow: [], when: { repository_id: '123456', ref: 'refs/heads/main' } };
    const admitting = testFor(rule, { repository_id: '123456', ref: 'refs/heads/main' }, []);
    expect(refusingTestFor(rule, admitting)).toMatchObject({
      claims: { repository_id: '123456', ref: 'refs/heads/main-other' },
      rule: 'r',
      expect: 'denied',
    });
    expect(refusingTestFor({ ...rule, when: { repository_id: '123456' } }, admitting)?.claims).toMatchObject({
      repository_id: '123450',
    });
  });
});
