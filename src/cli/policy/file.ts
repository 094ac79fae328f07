// The policy file of a subcommand: found, read and compiled. It accepts a policy whose own tests fail, and one for local running, because
// these commands must help to fix the first. It never deploys either.

import { compileSource } from '../../policy/build/compile.ts';
import type { Preconfigured } from '../../policy/build/preconfigured.ts';
import { formatFinding } from '../../policy/build/report.ts';
import { type PolicyFile, policySchema } from '../../policy/build/schema.ts';
import { type PolicySource, parsePolicySource } from '../../policy/build/source.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { EXIT, type Exit, stop } from '../shell/command.ts';
import { readText } from '../shell/input.ts';
import type { Terminal } from '../shell/terminal.ts';

/** For the help of each subcommand that reads a policy. */
export const POLICY_HELP = '--policy FILE         the policy to read (default: $STS_POLICY, else policy.yaml)';

/** What to do instead of giving the file as a word. */
export const NAME_POLICY = 'name the file with --policy';

export function policyPath(given: string | undefined, terminal: Terminal): string {
  return given ?? terminal.env.STS_POLICY ?? 'policy.yaml';
}

export interface LoadedPolicy {
  readonly policy: CompiledPolicy;
  /** By instance. */
  readonly preconfigured: Readonly<Record<string, Preconfigured>>;
  /** As written, for the parts that the compiled form no longer holds. */
  readonly file: PolicyFile;
  readonly source: PolicySource;
}

export type Loading = { readonly ok: true; readonly value: LoadedPolicy } | { readonly ok: false; readonly exit: Exit };

/** The policy; or the exit code, when the problem has been reported. */
export async function loadPolicy(path: string, command: string, terminal: Terminal): Promise<Loading> {
  const text = await readText(path);
  if (!text.ok) return { ok: false, exit: stop(terminal, command, text.problem) };
  const loaded = await compileToLookAt(text.value, path);
  if (loaded.ok) return loaded;
  terminal.err.line(loaded.problem);
  return { ok: false, exit: stop(terminal, command, `${path} has errors`, EXIT.faulty) };
}

async function compileToLookAt(text: string, path: string): Promise<Parsed<LoadedPolicy>> {
  const parsed = parsePolicySource(text);
  if (!parsed.ok) return { ok: false, problem: parsed.findings.map((one) => formatFinding(path, one)).join('\n') };
  const { value, locate } = parsed.source;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const source = { value: isObject ? { ...value, tests: undefined } : value, locate };
  // As it is deployed, if it can be: then its digest is the one that audit events carry.
  const deployed = await compileSource(source, { development: false });
  const { policy, findings, preconfigured } =
    deployed.policy === null ? await compileSource(source, { development: true }) : deployed;
  if (policy !== null)
    return { ok: true, value: { policy, preconfigured, source, file: policySchema.parse(source.value) } };
  const errors = findings.filter(({ severity }) => severity === 'error');
  return { ok: false, problem: errors.map((one) => formatFinding(path, one)).join('\n') };
}
