// The numbers of a run by the names under which they are published. No I/O.

import type { Built } from './built.ts';
import type { ContenderName } from './contenders.ts';
import type { DecisionSummary } from './decision.ts';
import { medianOf, ratioOf, type Sample, type Samples } from './rounds.ts';
import type { Measured } from './run.ts';
import type { FirstAnswer } from './start-up.ts';

/** Each ratio of CPU: its name, whose it is, and to whom. */
const CPU_RATIOS: readonly (readonly [string, string, string])[] = [
  ['vend_durable_cpu_ratio', 'ours.vend', 'durable.vend'],
  ['vend_cpu_ratio', 'ours.vend', 'floor.vend'],
  ['vend_5ms_durable_cpu_ratio', 'ours.vend_5ms', 'durable.vend_5ms'],
  ['shared_durable_cpu_ratio', 'ours.shared', 'durable.vend'],
  ['refuse_cpu_ratio', 'ours.refuse', 'floor.refuse'],
  ['tutorial_cpu_ratio', 'stubbed.vend', 'tutorial.vend'],
  ['refuse_tutorial_cpu_ratio', 'ours.refuse', 'tutorial.refuse'],
  ['node_cpu_ratio', 'ours.vend', 'node.vend'],
  ['bad_signature_cpu_ratio', 'ours.bad_signature', 'floor.refuse'],
  ['unknown_issuer_cpu_ratio', 'ours.unknown_issuer', 'floor.refuse'],
  ['explain_cpu_ratio', 'ours.explain', 'floor.refuse'],
  ['list_cpu_ratio', 'ours.list', 'floor.vend'],
  ['revoke_cpu_ratio', 'ours.revoke', 'floor.vend'],
  ['stubbed_cpu_ratio', 'stubbed.vend', 'floor.vend'],
  ['durable_floor_cpu_ratio', 'durable.vend', 'floor.vend'],
  ['tutorial_floor_cpu_ratio', 'tutorial.vend', 'floor.vend'],
];

/** Wall time, of those that are compared by it. */
const COMPARED: readonly (readonly [string, string, string])[] = [
  ['vend_durable', 'ours.vend', 'durable.vend'],
  ['vend_5ms_durable', 'ours.vend_5ms', 'durable.vend_5ms'],
  ['shared_durable', 'ours.shared', 'durable.vend'],
  ['refuse', 'ours.refuse', 'floor.refuse'],
];
const WALL: readonly (readonly [string, keyof Sample])[] = [
  ['throughput_ratio', 'requestsPerSecond'],
  ['p50_ratio', 'p50Ms'],
  ['p99_ratio', 'p99Ms'],
];

export interface Findings {
  readonly measured: Measured;
  readonly sizes: Built['sizes'];
  readonly firstAnswers: Readonly<Record<ContenderName, FirstAnswer>>;
  readonly decision: readonly DecisionSummary[];
  readonly environment: Readonly<Record<string, string | number>>;
}

export function resultsOf({ measured, sizes, firstAnswers, decision, environment }: Findings) {
  const { samples, heap, memory } = measured;
  const cpu = CPU_RATIOS.map(([name, of, to]) => [name, ratioOf(samples, of, to, 'cpuMicroseconds')] as const);
  const wall = COMPARED.flatMap(([name, of, to]) =>
    WALL.map(([suffix, measure]) => [`${name}_${suffix}`, ratioOf(samples, of, to, measure).median] as const),
  );
  const kilobytes = (label: string) => heap.get(label) ?? null;
  return {
    ...Object.fromEntries(cpu.map(([name, { median }]) => [name, median])),
    ...Object.fromEntries(wall),
    vend_heap_kb: kilobytes('ours.vend'),
    shared_heap_kb: kilobytes('ours.shared'),
    refuse_heap_kb: kilobytes('ours.refuse'),
    vend_durable_heap_ratio: quotient(kilobytes('ours.vend'), kilobytes('durable.vend')),
    refuse_heap_ratio: quotient(kilobytes('ours.refuse'), kilobytes('floor.refuse')),
    first_answer_ratio: firstAnswers.ours.ms / firstAnswers.floor.ms,
    first_answer_durable_ratio: firstAnswers.ours.ms / firstAnswers.durable.ms,
    first_request_ms: firstAnswers.ours.request_ms,
    ...sizes,
    memory_growth_mb: memory[1].megabytes - memory[0].megabytes,
    ...decisionRatios(decision),
    quartiles: Object.fromEntries(cpu.map(([name, { quartiles }]) => [name, quartiles])),
    cases: Object.fromEntries([...samples.keys()].map((label) => [label, caseOf(samples, label, kilobytes(label))])),
    first_answers: firstAnswers,
    memory,
    decision,
    environment,
  };
}

export type Results = ReturnType<typeof resultsOf>;

function caseOf(samples: Samples, label: string, heapKilobytes: number | null) {
  return {
    requests: samples.get(label)!.reduce((sum, { requests }) => sum + requests, 0),
    cpu_us: medianOf(samples, label, 'cpuMicroseconds'),
    requests_per_second: medianOf(samples, label, 'requestsPerSecond'),
    p50_ms: medianOf(samples, label, 'p50Ms'),
    p99_ms: medianOf(samples, label, 'p99Ms'),
    heap_kb: heapKilobytes,
  };
}

/** Of each longer table to the shortest. */
function decisionRatios([short, ...long]: readonly DecisionSummary[]): Record<string, number> {
  if (short === undefined) return {};
  return Object.fromEntries(
    long.map(({ rules, evaluate_us }) => [`decision_ratio_${rules / 1000}k`, evaluate_us / short.evaluate_us]),
  );
}

function quotient(above: number | null, below: number | null): number | null {
  return above === null || below === null ? null : above / below;
}
