// A GitHub job that uses the action as it is committed, before the whole service: what the tests of the action have in common.

import { join } from 'node:path';
import { expect } from 'vitest';
import { createIdTokenEndpoint, type IdTokenEndpoint } from '../emulator/actions-id-token.ts';
import {
  type ActionsRunner,
  createActionsRunner,
  type StepResult,
  type Variables,
} from '../emulator/actions-runner.ts';
import { type Stack, type StackOptions, startStack } from '../stack.ts';

export const ACTION = join(import.meta.dirname, '../..');

/** Claims that the rule `ci-metrics` wants. */
export const MAIN = { repository_id: '123456', repository_owner_id: '77', ref: 'refs/heads/main' };

export interface Jobs {
  readonly stack: Stack;
  readonly idTokens: IdTokenEndpoint;
  /** A job of its own. @param variables laid over the job's; an empty one is as good as none. */
  readonly job: (variables?: Variables) => Promise<ActionsRunner>;
  /** Forgets what one test did, for the next. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startJobs(options: Omit<StackOptions, 'beside'> = {}): Promise<Jobs> {
  const idTokens = createIdTokenEndpoint(MAIN);
  const stack = await startStack({ ...options, beside: (request, { github }) => idTokens.fetch(request, github) });
  let runners: ActionsRunner[] = [];
  const end = async () => {
    await Promise.all(runners.map((runner) => runner.stop()));
    runners = [];
  };
  return {
    stack,
    idTokens,
    job: async (variables = {}) => {
      const runner = await createActionsRunner(ACTION, { ...idTokens.variables(stack.issuer), ...variables });
      runners.push(runner);
      return runner;
    },
    reset: async () => {
      await end();
      stack.intercept = null;
      stack.calls.length = 0;
      stack.influxdb.faults.clear();
      idTokens.asked.length = 0;
      idTokens.claims = MAIN;
      idTokens.answer = null;
    },
    stop: async () => {
      await end();
      await stack.stop();
    },
  };
}

/** Runs the action's first step to its end. Whatever it was about, nothing that it had hidden is in what it printed. */
export async function use(runner: ActionsRunner, inputs: Variables): Promise<StepResult> {
  const result = await (await runner.start(inputs)).ended;
  const told = [...runner.masks].filter((mask) => (result.printed + result.summary).includes(mask));
  expect(told).toEqual([]);
  return result;
}
