// `influx-sts policy build`: policy.yaml -> the compiled policy that the Worker bundles. It never writes a policy that has an error or
// fails a test.

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileProblem } from '../../client/file-problem.ts';
import { compileSource, notCompiled } from '../../policy/build/compile.ts';
import { createReport, hasErrors } from '../../policy/build/report.ts';
import { lintSample } from '../../policy/build/sample.ts';
import { policySchema } from '../../policy/build/schema.ts';
import { type Finding, type PolicySource, parsePolicySource } from '../../policy/build/source.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { defineCommand, EXIT, stop } from '../shell/command.ts';
import { readText } from '../shell/input.ts';
import type { Terminal } from '../shell/terminal.ts';
import { NAME_POLICY, POLICY_HELP, policyPath } from './file.ts';
import { counted, printFindings } from './findings.ts';
import { deploysForReal, lintSecrets } from './wrangler.ts';

const HELP = `influx-sts policy build: check the policy, run its tests and compile it for the Worker

Usage: influx-sts policy build [options]

Options:
  ${POLICY_HELP}
  --out FILE            where to write the compiled policy (default: dist/policy.json)
  --development         accept http addresses on the loopback interface; implied when "wrangler dev" runs the build
  --allow-lapsed        build a policy in which a rule has ended; the rule grants nothing
  --json                print findings, digest and test results as one JSON object
  -h, --help            print this

Exit codes: 0 built, 1 the policy has errors or its tests fail, 2 wrong usage or a file that cannot be read or written.
`;

export const policyBuild = defineCommand({
  name: 'policy build',
  summary: 'check the policy, run its tests and compile it for the Worker',
  help: HELP,
  options: {
    policy: { type: 'string' },
    out: { type: 'string' },
    development: { type: 'boolean' },
    'allow-lapsed': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  instead: NAME_POLICY,
  run: async ({ values }, terminal) => {
    const file = policyPath(values.policy, terminal);
    const out = values.out ?? 'dist/policy.json';
    const development = values.development ?? terminal.env.WRANGLER_COMMAND === 'dev';
    const text = await readText(file);
    if (!text.ok) return stop(terminal, 'policy build', text.problem);

    const parsed = parsePolicySource(text.value);
    const options = { development, now: Date.now(), allowLapsed: values['allow-lapsed'] ?? false };
    const compiled = parsed.ok ? await compileSource(parsed.source, options) : notCompiled(parsed.findings);
    const deployment = parsed.ok ? await lintDeployment(parsed.source, development, terminal) : [];
    const findings = [...compiled.findings, ...deployment];
    const policy = hasErrors(findings) ? null : compiled.policy;
    const { tests } = compiled;
    if (policy !== null) {
      const written = await write(policy, out);
      if (!written.ok) return stop(terminal, 'policy build', written.problem);
    }
    const digest = policy?.digest ?? null;
    if (values.json === true) {
      terminal.out.line(
        JSON.stringify({ file, built: policy !== null, development, digest, findings, tests }, null, 2),
      );
      return policy === null ? EXIT.faulty : EXIT.ok;
    }
    if (policy === null) {
      // First of all, because wrangler follows it with a page of its own.
      const errors = findings.filter(({ severity }) => severity === 'error');
      stop(terminal, 'policy build', `${file}: not built, nothing is deployed: ${counted(errors.length, 'error')}`);
    }
    printFindings(file, text.value, findings, terminal);
    if (policy === null) return EXIT.faulty;
    const kind = development ? ', for development only' : '';
    terminal.out.line(
      `${file}: ${counted(policy.rules.length, 'rule')} built into ${out}${kind}, digest ${policy.digest.slice(0, 12)}`,
    );
    return EXIT.ok;
  },
});

/** What only a build can see: the configuration that it runs under, and that it is for a real deployment. */
async function lintDeployment(
  source: PolicySource,
  development: boolean,
  { env }: Terminal,
): Promise<readonly Finding[]> {
  const file = policySchema.safeParse(source.value);
  if (!file.success || development) return [];
  const report = createReport(source);
  await lintSecrets(file.data, report);
  if (await deploysForReal(env)) lintSample(file.data, report.error);
  return report.findings;
}

/** Written aside and moved, so that a bundler that watches the file never reads half of it. */
async function write(policy: CompiledPolicy, out: string): Promise<Parsed<null>> {
  try {
    await mkdir(dirname(out), { recursive: true });
    // Two builds at once share no file.
    await writeFile(`${out}.${process.pid}.new`, JSON.stringify(policy));
    await rename(`${out}.${process.pid}.new`, out);
    return { ok: true, value: null };
  } catch (error) {
    return { ok: false, problem: `cannot write ${out}: ${fileProblem(error)}` };
  }
}
