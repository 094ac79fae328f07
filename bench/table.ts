// The results as a table for people. No I/O.

import type { DecisionSummary } from './decision.ts';
import type { Results } from './results.ts';

/** What is promised of a ratio or a size, at most; of the one of throughput, at least. */
export const TARGETS: Readonly<Record<string, number>> = {
  vend_durable_cpu_ratio: 1.5,
  shared_durable_cpu_ratio: 1.2,
  refuse_cpu_ratio: 1.7,
  tutorial_cpu_ratio: 1.35,
  refuse_tutorial_cpu_ratio: 1.2,
  vend_durable_throughput_ratio: 0.65,
  vend_durable_p50_ratio: 1.5,
  vend_heap_kb: 32,
  entry_gzip_bytes: 95 * 1024,
  first_answer_ratio: 2,
};

/** What was not measured is not met. */
function isMet(name: string, value: number | null): boolean {
  if (value === null) return false;
  return name.endsWith('throughput_ratio') ? value >= TARGETS[name]! : value <= TARGETS[name]!;
}

export function missedOf(results: object) {
  const values = results as Readonly<Record<string, number | null | undefined>>;
  return Object.entries(TARGETS)
    .filter(([name]) => !isMet(name, values[name] ?? null))
    .map(([name, target]) => ({ name, value: number(values[name] ?? null), target }));
}

export function table(results: Results): string {
  const { cases, quartiles, first_answers, memory, decision, environment } = results;
  const labels = Object.entries(cases).map(([label, one]) =>
    row([
      label,
      one.cpu_us.toFixed(0),
      one.requests_per_second.toFixed(0),
      one.p50_ms.toFixed(2),
      one.p99_ms.toFixed(2),
      one.heap_kb === null ? '-' : one.heap_kb.toFixed(1),
    ]),
  );
  const values = Object.entries(results).flatMap(([name, value]) => {
    if (typeof value !== 'number' && value !== null) return [];
    const between = quartiles[name]?.map((one) => one.toFixed(2)).join(' to ') ?? '';
    const target = TARGETS[name];
    const judged = target === undefined ? '' : `${target} ${isMet(name, value) ? 'met' : 'MISSED'}`;
    return [row([name, number(value), between, judged])];
  });
  const starts = Object.entries(first_answers).map(([name, { ms, request_ms }]) =>
    row([name, ms.toFixed(0), request_ms.toFixed(1)]),
  );
  const about = Object.entries(environment).map(([name, value]) => `${name} ${value}`);
  return [
    row(['case', 'CPU, us', 'requests/s', 'p50, ms', 'p99, ms', 'heap, KB']),
    ...labels,
    '',
    row(['number', 'median', 'half within', 'target']),
    ...values,
    '',
    row(['first answer', 'ms', 'request, ms']),
    ...starts,
    '',
    ...memory.map(({ requests, megabytes }) => `${megabytes.toFixed(0)} MB after ${requests} requests`),
    '',
    decisionTable(decision),
    about.join(', '),
    '',
  ].join('\n');
}

export function decisionTable(decision: readonly DecisionSummary[]): string {
  const rows = decision.map(({ rules, compile_ms, evaluate_us, explain_ms }) =>
    row([`  ${rules}`, compile_ms.toFixed(0), evaluate_us.toFixed(2), explain_ms.toFixed(2)]),
  );
  return `${[row(['decision alone, rules', 'compile, ms', 'evaluate, us', 'explain, ms']), ...rows].join('\n')}\n`;
}

function number(value: number | null): string {
  if (value === null) return 'not measured';
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function row([label, ...cells]: readonly string[]): string {
  return (label!.padEnd(32) + cells.map((cell) => ` ${cell.padStart(13)}`).join('')).trimEnd();
}
