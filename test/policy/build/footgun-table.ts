// The frame for tables of policies that must not build: a head to put rules under, and what each finding owes to whoever reads it. It
// knows nothing of the findings themselves.

import { expect, it } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';

/** One entry for each provider, and one instance. */
export const HEAD = `audience: https://sts.example.com
issuers:
  github: { preset: github-actions }
  gitlab: { preset: gitlab }
  cluster: { preset: kubernetes, issuer: "https://cluster.example.com" }
  buildkite: { preset: buildkite }
  circleci: { preset: circleci, issuer: "https://oidc.circleci.com/org/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f" }
  auth0: { preset: auth0, issuer: "https://acme.auth0.com/" }
  okta: { preset: okta, issuer: "https://acme.okta.com/oauth2/default" }
  entra: { preset: entra, issuer: "https://login.microsoftonline.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0" }
  google: { preset: google }
  terraform: { preset: hcp-terraform }
  azure: { preset: azure-devops, issuer: "https://vstoken.dev.azure.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f" }
  aws: { preset: aws, issuer: "https://0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d.tokens.sts.global.api.aws" }
  vercel: { preset: vercel, issuer: "https://oidc.vercel.com/acme" }
  anyones: { preset: vercel, issuer: "https://oidc.vercel.com" }
  fly: { preset: fly, issuer: "https://oidc.fly.io/acme" }
  keycloak: { preset: keycloak, issuer: "https://login.example.com/realms/acme" }
  people: { preset: cloudflare-access, team: acme, audience: 4714c1358e65fe4b }
  backend: { issuer: "https://login.example.com/" }
  saas: { issuer: "https://id.example.com", shared: true, pins: [org_id] }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
`;

/** A rule named "r", all but its name in YAML's flow form, marked as the line that is at fault. */
export const rule = (parts: string): string => `${HEAD}rules:\n  - { name: r, ${parts} } # <-\n`;

/** A rule "r" that allows db:a:read under these conditions. */
export const when = (issuer: string, conditions: string): string =>
  rule(`issuer: ${issuer}, when: { ${conditions} }, allow: ["db:a:read"]`);

/** A rule "r" that makes operators under these conditions. */
export const roles = (issuer: string, conditions: string): string =>
  rule(`issuer: ${issuer}, when: { ${conditions} }, roles: [operator]`);

/** A rule "r" of the backend with these permissions, and further keys if need be. */
export const allow = (permissions: string, more = ''): string =>
  rule(`issuer: backend, when: { client_id: app }, allow: [${permissions}]${more}`);

/** Everything but rules, one line of the head replaced. The new line is marked. */
export function head(line: string, replacement: string): string {
  if (!HEAD.includes(`${line}\n`)) throw new Error(`the head has no line ${line}`);
  return `${HEAD.replace(line, `${replacement} # <-`)}rules: []\n`;
}

/** What the message holds, and the rule it names, if it names one. */
export type Footgun = readonly [name: string, text: string, message: string, rule?: string];

/** One test for each row. The fault stands in the line that ends in `# <-`, or else in the first. */
export function itDoesNotBuild(rows: readonly Footgun[]): void {
  const cases = rows.map(([name, text, message, ruleName]) => ({ name, text, message, ruleName }));
  it.each(cases)('does not build: $name', async ({ text, message, ruleName }) => {
    const { policy, findings } = await compilePolicy(text, { development: false });
    expect(policy).toBeNull();
    const errors = findings.filter(({ severity }) => severity === 'error');
    const marked = text.split('\n').findIndex((line) => line.endsWith('# <-')) + 1;
    expect(errors).toContainEqual({
      severity: 'error',
      line: Math.max(marked, 1),
      column: expect.any(Number),
      ...(ruleName === undefined ? {} : { rule: ruleName }),
      message: expect.stringContaining(message),
      fix: expect.stringMatching(/\w{3}/),
    });
  });
}
