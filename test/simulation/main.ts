// `npm run simulate`: runs schedules from a seed on, and ends at the first that breaks a promise, with its steps. One schedule alone always
// prints its steps.

import { parseArgs } from 'node:util';
import { compilePolicies, loadProgram } from './program.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, schedules: { type: 'string', default: '300' } },
});
const [seed, schedules] = [Number(values.seed), Number(values.schedules)];
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(schedules) || schedules < 1) {
  console.error('npm run simulate -- [--seed N] [--schedules N], each a whole number');
  process.exit(2);
}

const policies = await compilePolicies();
const { runSchedule } = await loadProgram();
const report = (line: string) => console.log(line);
for (let at = 0; at < schedules; at++) {
  const one = { seed: seed + at, policies };
  const violation = await runSchedule(schedules === 1 ? { ...one, report } : one);
  if (violation === null) continue;
  if (schedules > 1) await runSchedule({ ...one, report });
  console.error(`\nSchedule ${one.seed} breaks this: ${violation.invariant}\n  ${violation.what}`);
  console.error(`Run it again: npm run simulate -- --seed ${one.seed} --schedules 1`);
  process.exit(1);
}
console.log(`${schedules} schedules from seed ${seed} on hold.`);
