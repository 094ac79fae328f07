// Policies for the tests of this folder: a head with issuers and instances to put rules under, and the shortest ways to compile it and
// to ask it. It knows nothing of HTTP.

import type { Claims } from '../../src/identity/claim.ts';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { formatFinding } from '../../src/policy/build/report.ts';
import { evaluate, type PermissionRequest } from '../../src/policy/decision/evaluate.ts';
import type { CompiledPolicy } from '../../src/policy/language/compiled.ts';
import { canonicalTriples, joinTriples, parseRequested, type Triple } from '../../src/policy/language/permission.ts';

/** A shared issuer, two entries of one `iss`, and two instances. */
export const HEAD = `
audience: https://sts.example.com
issuers:
  github: { preset: github-actions }
  backend: { issuer: https://login.example.com/ }
  backend-machines:
    issuer: https://login.example.com/
    audience: https://machines.example.com
    subject: [client_id]
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
  second: { url: "https://second.example.com:8181", admin_token: INFLUXDB3_SECOND_TOKEN }
`;

/** The compiled policy; throws with the findings when there is none. */
export async function compiled(text: string, development = false): Promise<CompiledPolicy> {
  const { policy, findings } = await compilePolicy(text, { development });
  if (policy === null) throw new Error(findings.map((finding) => formatFinding('policy', finding)).join('\n'));
  return policy;
}

/** Rules written as objects of YAML's flow style, one a line, under `HEAD`. */
export function withRules(...rules: readonly string[]): Promise<CompiledPolicy> {
  return compiled(
    `${HEAD}rules:${rules.length === 0 ? ' []\n' : `\n${rules.map((rule) => `  - ${rule}\n`).join('')}`}`,
  );
}

export function triples(...permissions: readonly string[]): readonly Triple[] {
  return canonicalTriples(
    permissions.flatMap((text) => {
      const parsed = parseRequested(text);
      if (!parsed.ok) throw new Error(`${text}: ${parsed.problem}`);
      return parsed.value;
    }),
  );
}

export interface Asked extends Omit<PermissionRequest, 'permissions'> {
  readonly permissions?: readonly string[];
}

/** What the policy answers, in short: `rule: permissions for ttl`, or the reason of the refusal. */
export function ask(
  policy: CompiledPolicy,
  issuer: string,
  claims: Claims,
  asked: Asked = {},
  now = Date.now(),
): string {
  const { permissions, ...rest } = asked;
  const request = permissions === undefined ? rest : { ...rest, permissions: triples(...permissions) };
  const { result } = evaluate(policy, { issuer, claims }, request, now);
  if (!result.ok) return result.failure.reason;
  return `${result.value.rule.name}: ${joinTriples(result.value.permissions).join(' ')} for ${result.value.ttl}`;
}
