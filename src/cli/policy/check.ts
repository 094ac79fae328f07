// `influx-sts policy check`: everything that the build would report; with --online also what the issuers answer.
// It never writes a file.

import { groupBySigner } from '../../identity/signer.ts';
import { compileSource, notCompiled } from '../../policy/build/compile.ts';
import type { TestOutcome } from '../../policy/build/policy-test.ts';
import { createReport } from '../../policy/build/report.ts';
import { isUntouched, lintSample } from '../../policy/build/sample.ts';
import { policySchema } from '../../policy/build/schema.ts';
import { type Finding, type PolicySource, parsePolicySource } from '../../policy/build/source.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import { defineCommand, EXIT, misuse, stop } from '../shell/command.ts';
import { readText } from '../shell/input.ts';
import { createRuntime } from '../shell/runtime.ts';
import { POLICY_HELP, policyPath } from './file.ts';
import { counted, printFindings } from './findings.ts';
import { probeIssuer } from './issuer-probe.ts';

const HELP = `influx-sts policy check: check the policy and run its tests, without writing anything

Usage: influx-sts policy check [FILE] [options]

Options:
  --online              also ask each issuer for its discovery document and keys, as the Worker would, and warn of any fault;
                        takes a few seconds at most
  --strict              let warnings fail the check too
  --development         accept http addresses on the loopback interface
  --allow-lapsed        let a rule that has ended be a warning
  ${POLICY_HELP}
  --json                print findings and test results as one JSON object
  -h, --help            print this

Exit codes: 0 no errors, 1 the policy has errors or its tests fail, 2 wrong usage or a file that cannot be read.
`;

export const policyCheck = defineCommand({
  name: 'policy check',
  summary: 'check the policy and run its tests, without writing anything',
  help: HELP,
  options: {
    online: { type: 'boolean' },
    strict: { type: 'boolean' },
    development: { type: 'boolean' },
    'allow-lapsed': { type: 'boolean' },
    policy: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: ['[FILE]'],
  run: async ({ values, positionals: [word] }, terminal) => {
    if (word !== undefined && values.policy !== undefined) {
      return misuse(terminal, 'policy check', 'it takes one policy, and was given two; leave out FILE or --policy');
    }
    const file = policyPath(word ?? values.policy, terminal);
    const text = await readText(file);
    if (!text.ok) return stop(terminal, 'policy check', text.problem);
    const parsed = parsePolicySource(text.value);
    const { policy, findings, tests } = parsed.ok
      ? await compileSource(parsed.source, {
          development: values.development ?? false,
          now: Date.now(),
          allowLapsed: values['allow-lapsed'] ?? false,
        })
      : notCompiled(parsed.findings);
    const probed = values.online === true && policy !== null && parsed.ok ? await probeAll(policy, parsed.source) : [];

    const all = [...findings, ...probed, ...(parsed.ok ? sampleLeft(parsed.source) : [])];
    const sound = policy !== null && (values.strict !== true || all.length === 0);
    if (values.json === true) {
      const digest = policy?.digest ?? null;
      terminal.out.line(JSON.stringify({ file, sound, digest, findings: all, tests }, null, 2));
      return sound ? EXIT.ok : EXIT.faulty;
    }
    printFindings(file, text.value, all, terminal);
    const warnings = all.filter(({ severity }) => severity === 'warning').length;
    const summary = [
      policy === null ? null : counted(policy.rules.length, 'rule'),
      testsSummary(policy, tests),
      counted(all.length - warnings, 'error'),
      counted(warnings, 'warning'),
    ].filter((part) => part !== null);
    const verdict = sound ? terminal.out.paint('green', 'sound') : terminal.out.paint('red', 'not sound');
    terminal.out.line(`${file}: ${verdict}: ${summary.join(', ')}`);
    return sound ? EXIT.ok : EXIT.faulty;
  },
});

/** What is left of the sample, as long as nothing stands beside it. */
function sampleLeft(source: PolicySource): readonly Finding[] {
  const file = policySchema.safeParse(source.value);
  if (!file.success || !isUntouched(file.data)) return [];
  const report = createReport(source);
  lintSample(file.data, report.warn);
  return report.findings;
}

function testsSummary(policy: CompiledPolicy | null, tests: readonly TestOutcome[]): string {
  if (tests.length === 0) return policy === null ? 'tests not run' : 'no tests';
  return `${tests.filter(({ passed }) => passed).length} of ${counted(tests.length, 'test')} passed`;
}

/** Each `iss` once, all at the same time: the key source bounds how long each may take. */
async function probeAll(policy: CompiledPolicy, source: PolicySource): Promise<readonly Finding[]> {
  const report = createReport(source);
  const issuers = groupBySigner(Object.values(policy.issuers)).map(([first]) => first);
  const unanswered = new AbortController();
  const runtime = createRuntime(unanswered.signal);
  const problems = await Promise.all(
    issuers.map(async (issuer) => ({ issuer, problem: await probeIssuer(issuer, runtime, policy) })),
  );
  // A request that nobody waits for any more would keep the process alive.
  unanswered.abort();
  for (const { issuer, problem } of problems) {
    if (problem === null) continue;
    const message = `the issuer "${issuer.name}" cannot be relied on: ${problem}`;
    report.warn(['issuers', issuer.name], message, `compare the entry with what ${issuer.iss} publishes`);
  }
  return report.findings;
}
