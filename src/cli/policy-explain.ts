// `influx-sts policy explain`: the decision for some claims as a tree, before anything is deployed.

import { parseDuration } from '../policy/duration.ts';
import type { PermissionRequest } from '../policy/evaluate.ts';
import { explain, formatExplanation } from '../policy/explain.ts';
import type { Parsed } from '../policy/permission.ts';
import { issuerOf, noteUnverified } from './caller.ts';
import { defineCommand, EXIT, misuse, stop } from './command.ts';
import { readClaims, readPermissions, readToken } from './input.ts';
import { loadPolicy, POLICY_HELP, policyPath } from './policy-file.ts';

const NAME = 'policy explain';

const HELP = `influx-sts policy explain: what the policy decides for some claims, and why

Usage: influx-sts policy explain (--claims FILE | --token-file FILE) [options]

Options:
  --claims FILE         the claims, as a JSON object; "-" is standard input
  --token-file FILE     a token to take the claims from; it is decoded and not verified; "-" is standard input
  --issuer NAME         the entry of "issuers:" that vouches for them (default: by their iss and audience)
  --permission P        what is asked, such as db:prod:write; may be given several times
  --rule NAME           ask for this rule
  --instance NAME       ask for this instance
  --ttl DURATION        ask for this life, such as 15m
  ${POLICY_HELP}
  --json                print the tree as JSON
  -h, --help            print this

Exit codes: 0 allowed, 1 the policy has errors, 2 wrong usage or a file that cannot be read, 3 refused.
`;

const OPTIONS = {
  claims: { type: 'string' },
  'token-file': { type: 'string' },
  issuer: { type: 'string' },
  permission: { type: 'string', multiple: true },
  rule: { type: 'string' },
  instance: { type: 'string' },
  ttl: { type: 'string' },
  policy: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const policyExplain = defineCommand({
  name: NAME,
  summary: 'what the policy decides for some claims, and why',
  help: HELP,
  options: OPTIONS,
  run: async ({ values }, terminal) => {
    const { claims: claimsFile, 'token-file': tokenFile } = values;
    if ((claimsFile === undefined) === (tokenFile === undefined)) {
      return misuse(terminal, NAME, 'give the caller with either --claims or --token-file');
    }
    const request = readRequest(values);
    if (!request.ok) return misuse(terminal, NAME, request.problem);
    const loaded = await loadPolicy(policyPath(values.policy, terminal), NAME, terminal);
    if (!loaded.ok) return loaded.exit;
    const { policy } = loaded.value;

    const given = tokenFile === undefined ? await readClaims(claimsFile!) : await readToken(tokenFile);
    if (!given.ok) return stop(terminal, NAME, given.problem);
    noteUnverified([given.value], terminal);
    const { claims } = given.value;
    const issuer = issuerOf(policy, claims, values.issuer);
    if (!issuer.ok) return stop(terminal, NAME, issuer.problem);

    const explanation = explain(policy, { issuer: issuer.value, claims }, request.value, 'operator');
    const allowed = explanation.outcome === 'allowed';
    if (values.json === true) {
      terminal.out.line(JSON.stringify({ issuer: issuer.value, ...explanation }, null, 2));
    } else {
      const [verdict, ...tree] = formatExplanation(explanation) as [string, ...string[]];
      terminal.out.line(terminal.out.paint(allowed ? 'green' : 'red', verdict));
      for (const line of tree) terminal.out.line(line);
    }
    return allowed ? EXIT.ok : EXIT.refused;
  },
});

interface AskedOptions {
  readonly permission?: readonly string[] | undefined;
  readonly rule?: string | undefined;
  readonly instance?: string | undefined;
  readonly ttl?: string | undefined;
}

function readRequest({ permission, rule, instance, ttl }: AskedOptions): Parsed<PermissionRequest> {
  const permissions = readPermissions(permission ?? []);
  if (!permissions.ok) return permissions;
  const seconds = ttl === undefined ? undefined : parseDuration(ttl);
  if (seconds === null || seconds === 0) {
    return { ok: false, problem: `"${ttl}" is no ttl: write seconds, or digits with s, m, h or d, such as 15m` };
  }
  return {
    ok: true,
    value: {
      ...(permissions.value.length === 0 ? {} : { permissions: permissions.value }),
      ...(rule === undefined ? {} : { rule }),
      ...(instance === undefined ? {} : { instance }),
      ...(seconds === undefined ? {} : { ttl: seconds }),
    },
  };
}
