// Schedules of faults from a seed on: the promises of the admission hold in all of them, and faults that are put into its mechanisms are found.
// The seeds are the same in every run, so that a run finds what the one before it would have.

import { expect, test } from 'vitest';
import { rounds } from '../rounds.ts';
import { FAULTS } from './faults.ts';
import { compilePolicies, loadProgram, type Program } from './program.ts';

const SCHEDULES = rounds(200, 10_000);
/** A fault must be found in so many, however many the run has. */
const USUAL = 200;

const policies = await compilePolicies();

async function firstViolation({ runSchedule }: Program, schedules: number, first = 1): Promise<string | null> {
  for (let seed = first; seed < first + schedules; seed++) {
    const violation = await runSchedule({ seed, policies });
    if (violation === null) continue;
    const { invariant, what } = violation;
    return `${invariant}: ${what}\nSee it: npm run simulate -- --seed ${seed} --schedules 1`;
  }
  return null;
}

test(`every promise holds in ${SCHEDULES} schedules`, { timeout: 900_000 }, async () => {
  expect(await firstViolation(await loadProgram(), SCHEDULES)).toBeNull();
});

test('a seed is a schedule: the same steps every time', async () => {
  const { runSchedule } = await loadProgram();
  const stepsOf = async (seed: number) => {
    const steps: string[] = [];
    await runSchedule({ seed, policies, report: (line) => steps.push(line) });
    return steps;
  };
  const steps = await stepsOf(7);
  expect(steps.length).toBeGreaterThan(50);
  expect(await stepsOf(7)).toEqual(steps);
  expect(await stepsOf(8)).not.toEqual(steps);
});

test.each(Object.entries(FAULTS))('finds %s', async (_, fault) => {
  expect(await firstViolation(await loadProgram(fault), USUAL, fault.from)).not.toBeNull();
});
