// `influx-sts policy explain`: the decision for some claims as a tree, before anything is deployed. It never verifies the claims, and never
// makes a request.

import { explain } from '../../policy/decision/explain.ts';
import { defineCommand, misuse, stop } from '../shell/command.ts';
import { printExplanation } from '../shell/explanation.ts';
import { readClaims, readToken } from '../shell/input.ts';
import { REQUEST_HELP, REQUEST_OPTIONS, readRequest } from '../shell/request-options.ts';
import { issuerOf, noteUnverified } from './caller.ts';
import { loadPolicy, NAME_POLICY, POLICY_HELP, policyPath } from './file.ts';

const NAME = 'policy explain';

const HELP = `influx-sts policy explain: what the policy decides for some claims, and why

Usage: influx-sts policy explain (--claims FILE | --token-file FILE) [options]

Options:
  --claims FILE         the claims, as a JSON object; "-" is standard input
  --token-file FILE     a token to take the claims from; it is decoded and not verified; "-" is standard input
  --issuer NAME         the entry of "issuers:" that vouches for them (default: by their iss and audience)
  ${REQUEST_HELP}
  ${POLICY_HELP}
  --json                print the tree as JSON
  -h, --help            print this

Exit codes: 0 allowed, 1 the policy has errors, 2 wrong usage or a file that cannot be read, 3 refused.
`;

const OPTIONS = {
  claims: { type: 'string' },
  'token-file': { type: 'string' },
  issuer: { type: 'string' },
  ...REQUEST_OPTIONS,
  policy: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const policyExplain = defineCommand({
  name: NAME,
  summary: 'what the policy decides for some claims, and why',
  help: HELP,
  options: OPTIONS,
  instead: NAME_POLICY,
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

    const explanation = explain(policy, { issuer: issuer.value, claims }, request.value, Date.now(), 'operator');
    return printExplanation(explanation, { issuer: issuer.value, ...explanation }, values.json === true, terminal);
  },
});
