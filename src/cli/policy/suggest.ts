// `influx-sts policy suggest`: from tokens to the rule that admits them. It compiles the rule within the policy before it shows it, so it
// never prints a rule that does not build.

import type { Claims } from '../../identity/claim.ts';
import { compileSource } from '../../policy/build/compile.ts';
import { presetAt } from '../../policy/build/issuer/shared-address.ts';
import type { Finding } from '../../policy/build/source.ts';
import { evaluate } from '../../policy/decision/evaluate.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import { suggestRule } from '../../policy/review/suggest.ts';
import { idiomatic } from '../../policy/review/suggest-idiom.ts';
import {
  exampleRequest,
  refusingTestFor,
  type SuggestedRule,
  type SuggestedTest,
  suggestionText,
  testFor,
} from '../../policy/review/suggest-text.ts';
import { defineCommand, EXIT, EXIT_HELP, misuse, stop } from '../shell/command.ts';
import { type GivenClaims, readClaims, readPermissions, readToken } from '../shell/input.ts';
import type { Terminal } from '../shell/terminal.ts';
import { issuerOf, noteUnverified } from './caller.ts';
import { type LoadedPolicy, loadPolicy, NAME_POLICY, POLICY_HELP, policyPath } from './file.ts';

const NAME = 'policy suggest';

const HELP = `influx-sts policy suggest: a rule that admits some tokens

Usage: influx-sts policy suggest (--claims FILE | --token-file FILE)... --allow PERMISSION... [options]

Prints a rule to paste into policy.yaml, with a test that is granted and one that is refused, and says what else the rule
would admit. It asks for what rules of the provider usually ask for: ids, and the branch, event or environment beside them.
What changes from token to token, what callers can choose, and names that an id stands for are left out. Claims that are
the same in all tokens become equalities, those with a few values become lists.

Options:
  --claims FILE         claims as a JSON object; can be given several times; "-" is standard input
  --token-file FILE     a token to take claims from; decoded and not verified; can be given several times
  --allow P             what the rule allows, such as db:ci_metrics:write; can be given several times
  --issuer NAME         the entry of "issuers:" that vouches for them (default: by their iss and audience)
  --instance NAME       the instance to grant on; needed when there are several
  --name NAME           the name of the rule (default: suggested)
  --tightest            ask for everything that the tokens have in common and the provider vouches for
  ${POLICY_HELP}
  --json                print one JSON object
  -h, --help            print this

${EXIT_HELP}
`;

export const policySuggest = defineCommand({
  name: NAME,
  summary: 'a rule that admits some tokens',
  help: HELP,
  options: {
    claims: { type: 'string', multiple: true },
    'token-file': { type: 'string', multiple: true },
    allow: { type: 'string', multiple: true },
    issuer: { type: 'string' },
    instance: { type: 'string' },
    name: { type: 'string' },
    tightest: { type: 'boolean' },
    policy: { type: 'string' },
    json: { type: 'boolean' },
  },
  instead: NAME_POLICY,
  run: async ({ values }, terminal) => {
    const { claims: claimsFiles = [], 'token-file': tokenFiles = [], allow } = values;
    if (allow === undefined) return misuse(terminal, NAME, 'say what the rule is to allow with --allow');
    if (claimsFiles.length + tokenFiles.length === 0) {
      return misuse(terminal, NAME, 'give at least one example with --claims or --token-file');
    }
    const loaded = await loadPolicy(policyPath(values.policy, terminal), NAME, terminal);
    if (!loaded.ok) return loaded.exit;
    const { policy, file } = loaded.value;

    const given: GivenClaims[] = [];
    for (const read of [
      ...claimsFiles.map((one) => () => readClaims(one)),
      ...tokenFiles.map((one) => () => readToken(one)),
    ]) {
      const claims = await read();
      if (!claims.ok) return stop(terminal, NAME, claims.problem);
      given.push(claims.value);
    }
    noteUnverified(given, terminal);
    const issuers = given.map(({ claims }) => issuerOf(policy, claims, values.issuer));
    const unknown = issuers.find(({ ok }) => !ok);
    if (unknown?.ok === false) return stop(terminal, NAME, unknown.problem);
    const names = [...new Set(issuers.flatMap((one) => (one.ok ? [one.value] : [])))];
    const [issuerName] = names as [string];
    if (names.length > 1) {
      return stop(terminal, NAME, `the examples come from several issuers (${names.join(', ')}); a rule has one`);
    }

    const tokens = given.map(({ claims }) => claims);
    const preset = presetAt(file.issuers[issuerName], policy.issuers[issuerName]!.iss);
    const tightest = suggestRule(policy.issuers[issuerName]!, preset, tokens);
    if (!tightest.ok) return stop(terminal, NAME, tightest.problem);
    const suggestion = values.tightest === true ? tightest.value : idiomatic(tightest.value, preset);
    const rule: SuggestedRule = {
      name: values.name ?? freeName(policy),
      issuer: issuerName,
      ...(values.instance === undefined ? {} : { instance: values.instance }),
      when: suggestion.when,
      allow,
    };
    const asked = exampleRequest(allow);
    const test = testFor(rule, tokens[0]!, asked);
    const refusing = refusingTestFor(rule, test);
    const further = refusing === null ? [] : [refusing];
    const findings = await findingsOf(loaded.value, rule, [test, ...further]);
    const errors = findings.filter(({ severity }) => severity === 'error');
    for (const { severity, message, fix } of findings) {
      terminal.err.line(terminal.err.paint(severity === 'error' ? 'red' : 'yellow', `${severity}: ${message}; ${fix}`));
    }
    if (errors.length > 0) return stop(terminal, NAME, 'the policy takes no such rule');
    noteCovered(policy, issuerName, tokens, asked, terminal);

    const { admits } = suggestion;
    if (values.json === true)
      terminal.out.line(JSON.stringify({ rule, test, refusing_test: refusing, admits }, null, 2));
    else {
      terminal.out.line(suggestionText(rule, test, suggestion, ...further).trimEnd());
      terminal.err.line('');
      terminal.err.line('Besides these tokens, the rule would admit:');
      for (const other of admits) terminal.err.line(`  ${other}`);
    }
    return EXIT.ok;
  },
});

function freeName({ rules }: CompiledPolicy): string {
  const taken = new Set(rules.map(({ name }) => name));
  for (let at = 1; ; at++) {
    const name = at === 1 ? 'suggested' : `suggested-${at}`;
    if (!taken.has(name)) return name;
  }
}

/** The build's findings about the rule, as the last rule of the policy. Its findings about other rules appear in every build. */
async function findingsOf(
  { source, policy }: LoadedPolicy,
  rule: SuggestedRule,
  tests: readonly SuggestedTest[],
): Promise<readonly Finding[]> {
  const written = source.value as { readonly rules: readonly unknown[] };
  const value = { ...written, rules: [...written.rules, rule], tests };
  const { findings } = await compileSource({ ...source, value }, { development: policy.development });
  return findings.filter((finding) => finding.severity === 'error' || finding.rule === rule.name);
}

/** If an earlier rule already grants it, the new one is never used. */
function noteCovered(
  policy: CompiledPolicy,
  issuer: string,
  tokens: readonly Claims[],
  asked: readonly string[],
  { err }: Terminal,
): void {
  const permissions = readPermissions(asked);
  if (!permissions.ok || permissions.value.length === 0) return;
  const granting = tokens.map((claims) => {
    const { result } = evaluate(policy, { issuer, claims }, { permissions: permissions.value }, Date.now());
    return result.ok ? result.value.rule.name : null;
  });
  if (granting.includes(null)) return;
  const names = [...new Set(granting)].map((name) => `"${name}"`);
  err.line(`note: the policy admits these tokens already, by ${names.join(' and ')}`);
}
