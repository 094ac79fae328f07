// `npm run bench`: measures the built Worker against the floor and prints ratios. It reads the options, keeps the time limit and never
// leaves a process behind. The files beside it say what is measured, and how.

import { createReadStream } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Contenders, startContenders } from './contenders.ts';
import { type DecisionSummary, measureDecisions } from './decision.ts';
import { createLoadGenerator } from './load.ts';
import { type CaseSummary, type Pace, runRounds } from './rounds.ts';
import { WORKERD_VERSION } from './workerd.ts';

const HELP = `npm run bench: what a vend costs, against a Worker that does the least possible

Usage: npm run bench -- [--quick | --decision] [--json]

Options:
  --quick      fewer and shorter rounds, under 50 seconds; no table of 100,000 rules
  --decision   the decision alone, with tables up to 100,000 rules; nothing is started
  --json       print one JSON object and nothing else
  -h, --help   print this

Exit codes: 0 measured, 1 a measurement failed, 2 wrong usage. docs/benchmark.md says what the numbers mean. Linux only.
`;

const OPTIONS = {
  quick: { type: 'boolean' },
  decision: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Plan {
  readonly vend: Pace;
  readonly refuse: Pace;
  readonly tables: readonly number[];
  readonly limitMs: number;
}

const QUICK: Plan = {
  vend: { warmUpMs: 1_500, rounds: 6, roundMs: 1_200 },
  refuse: { warmUpMs: 800, rounds: 6, roundMs: 700 },
  tables: [10, 10_000],
  limitMs: 50_000,
};
const FULL: Plan = {
  vend: { warmUpMs: 3_000, rounds: 12, roundMs: 2_500 },
  refuse: { warmUpMs: 1_500, rounds: 10, roundMs: 1_500 },
  tables: [10, 10_000, 100_000],
  limitMs: 240_000,
};

const NEWLINE = 0x0a;
const VEND_BODY = '{"permissions":["db:ci_metrics:write"],"ttl":"15m"}';

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parse>;
  try {
    options = parse(args);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const plan = options.quick === true ? QUICK : FULL;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  setTimeout(() => {
    process.stderr.write(`bench: not done after ${plan.limitMs / 1000} s\n`);
    process.exit(1);
  }, plan.limitMs).unref();
  try {
    if (options.decision === true) {
      const measured = await measureDecisionAlone(FULL.tables);
      process.stdout.write(options.json === true ? `${JSON.stringify(measured)}\n` : decisionTable(measured.decision));
      return 0;
    }
    const measured = await measure(plan);
    process.stdout.write(options.json === true ? `${JSON.stringify(measured)}\n` : table(measured));
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`);
    return 1;
  }
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

type Measured = Awaited<ReturnType<typeof measure>>;

async function measure(plan: Plan) {
  const decisions = await measureDecisionAlone(plan.tables);
  const contenders = await startContenders();
  try {
    const vend = await measureCase(contenders, 'vend', plan.vend);
    const refuse = await measureCase(contenders, 'refuse', plan.refuse);
    const answered = vend.service.requests + refuse.service.requests;
    const recorded = await countLines(contenders.service.log);
    if (recorded < answered) throw new Error(`${answered} requests left ${recorded} audit lines`);
    return {
      vend_cpu_ratio: vend.cpu_ratio,
      vend_throughput_ratio: vend.throughput_ratio,
      vend_p50_ratio: vend.p50_ratio,
      vend_p99_ratio: vend.p99_ratio,
      refuse_cpu_ratio: refuse.cpu_ratio,
      refuse_throughput_ratio: refuse.throughput_ratio,
      refuse_p50_ratio: refuse.p50_ratio,
      refuse_p99_ratio: refuse.p99_ratio,
      ...decisions,
      vend,
      refuse,
      environment: { node: process.version, workerd: WORKERD_VERSION, cpus: cpus().length },
    };
  } finally {
    contenders.stop();
  }
}

/** Adds the ratio to the shortest table to each of the others. */
async function measureDecisionAlone(tables: readonly number[]) {
  const decision = await measureDecisions(tables);
  const [short, ...long] = decision;
  const ratios = long.map((one) => [`decision_ratio_${one.rules / 1000}k`, one.evaluate_us / short!.evaluate_us]);
  return { ...Object.fromEntries(ratios), decision } as { readonly decision: readonly DecisionSummary[] };
}

async function measureCase(contenders: Contenders, name: 'vend' | 'refuse', pace: Pace): Promise<CaseSummary> {
  const { service, floor } = contenders;
  const load = createLoadGenerator(name === 'vend' ? contenders.admitted : contenders.strangers);
  const expected = { body: VEND_BODY, expectedStatus: name === 'vend' ? 201 : 403 };
  try {
    return await runRounds(
      load,
      { worker: floor, target: { ...expected, port: floor.port, path: `/${name}` } },
      { worker: service, target: { ...expected, port: service.port, path: '/v1/tokens' } },
      pace,
    );
  } finally {
    load.close();
  }
}

async function countLines(file: string): Promise<number> {
  let lines = 0;
  for await (const chunk of createReadStream(file)) for (const byte of chunk as Buffer) if (byte === NEWLINE) lines++;
  return lines;
}

function table({ vend, refuse, decision, environment }: Measured): string {
  const cases = Object.entries({ vend, refuse }).flatMap(([name, { floor, service, ...ratios }]) => [
    row([name, 'floor', 'service', 'ratio']),
    row(['  CPU per request, us', floor.cpu_us.toFixed(0), service.cpu_us.toFixed(0), spread(ratios)]),
    row([
      '  requests per second',
      floor.requests_per_second.toFixed(0),
      service.requests_per_second.toFixed(0),
      ratios.throughput_ratio.toFixed(2),
    ]),
    row(['  p50, ms', floor.p50_ms.toFixed(2), service.p50_ms.toFixed(2), ratios.p50_ratio.toFixed(2)]),
    row(['  p99, ms', floor.p99_ms.toFixed(2), service.p99_ms.toFixed(2), ratios.p99_ratio.toFixed(2)]),
    '',
  ]);
  const about = `node ${environment.node}, workerd ${environment.workerd}, ${environment.cpus} CPUs`;
  return `${cases.join('\n')}\n${decisionTable(decision)}\n${about}\n`;
}

function decisionTable(decision: readonly DecisionSummary[]): string {
  const [short] = decision;
  const rows = decision.map(({ rules, compile_ms, evaluate_us, explain_ms }) => {
    const ratio = (evaluate_us / short!.evaluate_us).toFixed(2);
    return row([`  ${rules}`, compile_ms.toFixed(0), evaluate_us.toFixed(2), ratio, explain_ms.toFixed(2)]);
  });
  const head = row(['decision alone, rules', 'compile, ms', 'evaluate, us', 'ratio', 'explain, ms']);
  return `${[head, ...rows].join('\n')}\n`;
}

function spread({ cpu_ratio, cpu_ratio_spread: [lowest, highest] }: Omit<CaseSummary, 'floor' | 'service'>): string {
  return `${cpu_ratio.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}

function row([label, ...cells]: readonly string[]): string {
  return label!.padEnd(24) + cells.map((cell) => ` ${cell.padStart(13)}`).join('');
}

process.exit(await main(process.argv.slice(2)));
