// `npm run bench`: measures the built Worker against the floors and against what others would write, and prints ratios. It reads the
// options, keeps the time limit and never leaves a process behind. The files beside it say what is measured, and how.

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openArena } from './contenders.ts';
import { measureDecisions } from './decision.ts';
import { withResults } from './page.ts';
import { FULL, type Plan, QUICK } from './plan.ts';
import { resultsOf } from './results.ts';
import { run } from './run.ts';
import { measureFirstAnswers } from './start-up.ts';
import { decisionTable, table } from './table.ts';
import { WORKERD_VERSION } from './workerd.ts';

const HELP = `npm run bench: what a request costs, against the least possible and against what others would write

Usage: npm run bench -- [--quick | --decision] [--json] [--page]

Options:
  --quick      fewer and shorter rounds, under a minute; for a first look, not for publication
  --decision   the decision alone, with tables up to 100,000 rules; nothing is started
  --json       print one JSON object and nothing else
  --page       write the results of a full run into docs/benchmark.md too
  -h, --help   print this

Exit codes: 0 measured, 1 a measurement failed, 2 wrong usage. docs/benchmark.md says what the numbers mean. Linux only.
`;

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  decision: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  page: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/benchmark.md');

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parse>;
  try {
    options = parse(args);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const print = (value: object, text: () => string) =>
    process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : text());
  const plan = options.quick ? QUICK : FULL;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  setTimeout(() => {
    process.stderr.write(`bench: not done after ${plan.limitMs / 1000} s\n`);
    process.exit(1);
  }, plan.limitMs).unref();
  try {
    if (options.decision) {
      const decision = await measureDecisions(FULL.tables);
      print({ decision }, () => decisionTable(decision));
    } else {
      const results = await measure(plan);
      if (options.page) await writeFile(PAGE, withResults(await readFile(PAGE, 'utf8'), results));
      print(results, () => table(results));
    }
    return 0;
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`);
    return 1;
  }
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick && values.decision) throw new Error('--quick and --decision do not go together');
  if (values.page && (values.quick || values.decision)) throw new Error('--page takes a full run');
  return values;
}

async function measure(plan: Plan) {
  const start = performance.now();
  const say = (step: string) => {
    if (process.stderr.isTTY)
      process.stderr.write(`bench: ${step}, ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  };
  say('decision alone');
  const decision = await measureDecisions(plan.tables);
  say('build');
  const arena = await openArena();
  try {
    say('first answers');
    const firstAnswers = await measureFirstAnswers(arena, plan.starts);
    const measured = await run(arena, plan, say);
    const seconds = Math.round((performance.now() - start) / 1000);
    return resultsOf({ measured, sizes: arena.sizes, firstAnswers, decision, environment: environment(seconds) });
  } finally {
    arena.close();
  }
}

function environment(seconds: number) {
  return {
    node: process.version,
    workerd: WORKERD_VERSION,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    commit: commit(),
    seconds,
  };
}

/** Empty outside a clone. */
function commit(): string {
  try {
    const args = ['describe', '--always', '--dirty'];
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

process.exit(await main(process.argv.slice(2)));
