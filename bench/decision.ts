// The decision alone, in this process: what `evaluate` takes with a short table and with long ones in which every rule pins an id on
// an issuer that strangers share. No network, no cryptography.

import { compileSource } from '../src/policy/build/compile.ts';
import { evaluate } from '../src/policy/decision/evaluate.ts';
import { explain } from '../src/policy/decision/explain.ts';
import type { CompiledPolicy } from '../src/policy/language/compiled.ts';
import { githubActions } from '../test/emulator/personas.ts';
import { median } from './rounds.ts';

const FIRST_REPOSITORY = 100_000;
/**
 * Callers per table, spread over it, who repeat their requests: few enough that a long table is measured by its work and not by the
 * processor's cache. A short table has fewer rules than callers: two callers then meet the same rule.
 */
const CALLERS = 64;
/** Long enough that the clock's own resolution does not matter. */
const PASSES_PER_BATCH = 8;
const DECISIONS_PER_BATCH = CALLERS * PASSES_PER_BATCH;
const BATCHES = 400;
const WARM_UP_BATCHES = 100;

export interface DecisionSummary {
  readonly rules: number;
  readonly compile_ms: number;
  /** Median over the batches, microseconds for one decision. */
  readonly evaluate_us: number;
  /** Median over callers who are refused, milliseconds for one explanation. */
  readonly explain_ms: number;
}

/** One summary per size, in the same order. */
export async function measureDecisions(sizes: readonly number[]): Promise<readonly DecisionSummary[]> {
  const tables = [];
  for (const rules of sizes) {
    const start = performance.now();
    const policy = await compileTable(rules);
    tables.push({
      rules,
      compileMs: performance.now() - start,
      policy,
      callers: callersOf(rules),
      times: [] as number[],
    });
  }
  for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch++) {
    for (const { policy, callers, times } of tables) {
      const time = timeBatch(policy, callers);
      if (batch >= WARM_UP_BATCHES) times.push(time);
    }
  }
  return tables.map(({ rules, compileMs, policy, callers, times }) => ({
    rules,
    compile_ms: compileMs,
    evaluate_us: (median(times) * 1000) / DECISIONS_PER_BATCH,
    explain_ms: median(callers.map((caller) => timeExplanation(policy, caller))),
  }));
}

type Callers = readonly Parameters<typeof evaluate>[1][];

/** No rule of the table ends. */
const NOW = 0;

const REQUEST = { permissions: [{ type: 'db', name: 'ci_metrics', action: 'write' }], ttl: 900 } as const;

const REFUSED_REQUEST = { permissions: [{ type: 'db', name: 'elsewhere', action: 'write' }] } as const;

function timeBatch(policy: CompiledPolicy, callers: Callers): number {
  let allowed = 0;
  const start = performance.now();
  for (let pass = 0; pass < PASSES_PER_BATCH; pass++) {
    for (const caller of callers) if (evaluate(policy, caller, REQUEST, NOW).result.ok) allowed++;
  }
  const time = performance.now() - start;
  if (allowed !== DECISIONS_PER_BATCH)
    throw new Error(`only ${allowed} of ${DECISIONS_PER_BATCH} decisions were allowed`);
  return time;
}

/** For an operator, who sees most: a request that no rule covers, explained. */
function timeExplanation(policy: CompiledPolicy, caller: Callers[number]): number {
  const start = performance.now();
  const { outcome } = explain(policy, caller, REFUSED_REQUEST, NOW, 'operator');
  const time = performance.now() - start;
  if (outcome !== 'refused') throw new Error('the request to be explained was allowed');
  return time;
}

function callersOf(rules: number): Callers {
  return Array.from({ length: CALLERS }, (_, at) => {
    const repository = FIRST_REPOSITORY + (rules < CALLERS ? at % rules : Math.floor((at * rules) / CALLERS));
    // Through JSON, like a token's claims: new strings that no table holds.
    const claims = JSON.parse(JSON.stringify(githubActions({ repository_id: String(repository) })));
    return { issuer: 'github', claims };
  });
}

async function compileTable(rules: number): Promise<CompiledPolicy> {
  const value = {
    audience: 'https://sts.example.com',
    issuers: { github: { preset: 'github-actions' } },
    instances: { main: { url: 'https://influxdb.example.com:8181', admin_token: 'INFLUXDB3_ADMIN_TOKEN' } },
    rules: Array.from({ length: rules }, (_, at) => ({
      name: `job-${at}`,
      issuer: 'github',
      when: { repository_id: String(FIRST_REPOSITORY + at), repository_owner_id: '77', ref: 'refs/heads/main' },
      allow: ['db:ci_metrics:write'],
      ttl: '15m',
    })),
  };
  const { policy, findings } = await compileSource(
    { value, locate: () => ({ line: 1, column: 1 }) },
    { development: false },
  );
  if (policy === null) throw new Error(findings[0]?.message ?? 'the table did not compile');
  return policy;
}
