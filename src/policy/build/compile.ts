// policy.yaml -> compiled policy. Every fault is a finding with its place in the file; nothing half right is ever returned. No I/O.

import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import {
  type AllowIndex,
  type AllowRule,
  COMPILED_VERSION,
  type CompiledPolicy,
  type PositionedIndex,
  type RolesRule,
  type Rule,
} from '../language/compiled.ts';
import { formatDuration } from '../language/duration.ts';
import { buildRuleIndex, type RuleIndex } from '../language/rule-index.ts';
import { compileInstances } from './compile-instance.ts';
import { compileRule } from './compile-rule.ts';
import { checkGrammar } from './grammar.ts';
import { compileIssuer } from './issuer/compile-issuer.ts';
import { checkSharedIss } from './issuer/shared-iss.ts';
import { lintEnds } from './lint/ends.ts';
import { lintRules } from './lint/lint.ts';
import { runPolicyTests, type TestOutcome } from './policy-test.ts';
import { compilePreconfigured, type Preconfigured } from './preconfigured.ts';
import { createReport, hasErrors, type Report } from './report.ts';
import type { PolicyFile } from './schema.ts';
import { shareEqualParts } from './share-parts.ts';
import { type Finding, type PolicySource, parsePolicySource } from './source.ts';

const DEFAULT_MAX_TTL = 86_400;
/** 30 days. */
const DEFAULT_KEEP = 2_592_000;

export interface CompileOptions {
  /** Accept loopback http addresses, and say so in the compiled policy. */
  readonly development: boolean;
  /** Milliseconds since the epoch: rules that end soon or have ended are then found. Without it no end is looked at. */
  readonly now?: number;
  /** A rule that has ended is a warning, and no error. */
  readonly allowLapsed?: boolean;
}

/** `policy` is null exactly when a finding is an error. */
export interface Compilation {
  readonly policy: CompiledPolicy | null;
  readonly findings: readonly Finding[];
  /** By instance, what a new server starts with; nothing of it is in the policy, or in its digest. */
  readonly preconfigured: Readonly<Record<string, Preconfigured>>;
  /** How the policy's own tests ended; empty when it did not get that far. */
  readonly tests: readonly TestOutcome[];
}

export async function compilePolicy(text: string, options: CompileOptions): Promise<Compilation> {
  const parsed = parsePolicySource(text);
  return parsed.ok ? compileSource(parsed.source, options) : notCompiled(parsed.findings);
}

export async function compileSource(source: PolicySource, options: CompileOptions): Promise<Compilation> {
  const report = createReport(source);
  const file = checkGrammar(source.value, report);
  if (file === null) return notCompiled(report.findings);

  refuseUnbuilt(file, report);
  const issuers = compileIssuers(file, options, report);
  const instances = compileInstances(file.instances, options, report);
  const preconfigured = compilePreconfigured(file.preconfigured ?? {}, instances, report);
  const maxTtl = file.max_ttl ?? DEFAULT_MAX_TTL;
  const audit = compileAudit(file, maxTtl, report);
  const context = { issuers, instances, maxTtl, report };
  const rules = file.rules.map((entry, at) => compileRule(entry, at, context));
  refuseUnusableNames(file, report);
  const placed = rules.flatMap((rule, at) => (rule === null ? [] : [{ rule, at }]));
  lintRules(file, issuers, placed, report);
  const { now, allowLapsed = false } = options;
  if (now !== undefined) lintEnds(placed, { now, allowLapsed }, report);
  if (hasErrors(report.findings)) return notCompiled(report.findings);

  const sound = shareEqualParts(rules as readonly Rule[]);
  const content = {
    version: COMPILED_VERSION as typeof COMPILED_VERSION,
    development: options.development,
    audience: file.audience ?? null,
    audit,
    issuers,
    instances,
    rules: sound,
    ...indexRules(sound, issuers),
  };
  const policy = { ...content, digest: await digestOf(content) };
  const tests = runPolicyTests(policy, file.tests ?? [], report);
  return { policy: hasErrors(report.findings) ? null : policy, findings: report.findings, preconfigured, tests };
}

/** What there is to say of a file that got no further than these findings. */
export function notCompiled(findings: readonly Finding[]): Compilation {
  return { policy: null, findings, preconfigured: {}, tests: [] };
}

/** The language is known whole from the start; what the service cannot do yet is refused, never accepted and ignored. */
function refuseUnbuilt(file: PolicyFile, report: Report): void {
  if (file.audit?.export !== undefined) report.error(['audit', 'export'], '"export" is not built yet', 'leave it out');
}

/** Events are kept for at least as long as a token that they tell of can live. */
function compileAudit({ audit }: PolicyFile, maxTtl: number, report: Report): CompiledPolicy['audit'] {
  const keep = audit?.keep ?? Math.max(DEFAULT_KEEP, maxTtl);
  if (keep < maxTtl) {
    const longest = formatDuration(maxTtl);
    const message = `events would be kept for ${formatDuration(keep)}, and tokens may live for ${longest} (max_ttl)`;
    report.error(['audit', 'keep'], message, `write keep: ${longest} or more, or lower max_ttl`);
  }
  return { keep };
}

function compileIssuers(file: PolicyFile, options: CompileOptions, report: Report): Record<string, TrustedIssuer> {
  const context = { audience: file.audience, development: options.development, report };
  const issuers = Object.entries(file.issuers).flatMap(([name, entry]) => {
    const issuer = compileIssuer(name, entry, context);
    return issuer === null ? [] : [issuer];
  });
  checkSharedIss(issuers, report);
  return Object.fromEntries(issuers.map((issuer) => [issuer.name, issuer]));
}

function refuseUnusableNames(file: PolicyFile, report: Report): void {
  const seen = new Set<string>();
  for (const [at, { name }] of file.rules.entries()) {
    if (seen.has(name))
      report.error(['rules', at, 'name'], `another rule is named "${name}"`, 'give each rule a name of its own');
    // A policy test that expects "denied" would be read as one that expects the rule.
    if (name === 'denied')
      report.error(['rules', at, 'name'], '"denied" is no name for a rule', 'call it something else');
    seen.add(name);
  }
}

function indexRules(rules: readonly Rule[], issuers: Readonly<Record<string, TrustedIssuer>>) {
  const placed = rules.map((rule, position) => ({ rule, position }));
  const allowed = placed.filter((one): one is Placed<AllowRule> => one.rule.effect === 'allow');
  const denied = placed.filter(({ rule }) => rule.effect === 'deny');
  const assigned = placed.filter((one): one is Placed<RolesRule> => one.rule.effect === 'roles');

  const allow: Record<string, AllowIndex> = {};
  for (const [issuer, list] of Map.groupBy(allowed, ({ rule }) => rule.issuer)) {
    const instances = [...new Set(list.map(({ rule }) => rule.instance))];
    allow[issuer] = { ...indexKnown(list, issuers[issuer]!), instances };
  }
  const roles: Record<string, PositionedIndex> = {};
  for (const [issuer, list] of Map.groupBy(assigned, ({ rule }) => rule.issuer)) {
    roles[issuer] = indexKnown(list, issuers[issuer]!);
  }
  const deny: Record<string, RuleIndex> = {};
  for (const [iss, list] of Map.groupBy(denied, ({ rule }) => issuers[rule.issuer]!.iss)) {
    deny[iss] = buildRuleIndex(list.map(({ rule, position }) => ({ position, when: rule.when })));
  }
  return {
    allowByName: Object.fromEntries(allowed.map(({ rule, position }) => [rule.name, position])),
    allow,
    roles,
    deny,
  };
}

interface Placed<R extends Rule> {
  readonly rule: R;
  readonly position: number;
}

/** On a shared issuer under the pins alone, so that every rule a caller is known to is found by their ids. */
function indexKnown(list: readonly Placed<AllowRule | RolesRule>[], { shared }: TrustedIssuer): PositionedIndex {
  const indexed = list.map(({ rule, position }) => ({
    position,
    when: shared ? rule.when.slice(0, rule.pins) : rule.when,
  }));
  return { ...buildRuleIndex(indexed), positions: list.map(({ position }) => position) };
}

async function digestOf(content: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson(content));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** JSON with sorted keys, so that the digest does not depend on the order in which a build happens to write them. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
