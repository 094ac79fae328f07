// The steps of a GitHub job, one after the other, as a workflow has them. It knows the action of this repository, `actions/checkout` and
// the expressions that our documentation uses; anything else is an error, and not passed over.

import type { ActionsRunner, StepResult, Variables } from './actions-runner.ts';

export interface WorkflowJob {
  readonly permissions?: Variables;
  readonly steps: readonly WorkflowStep[];
}

interface WorkflowStep {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | boolean>>;
  readonly run?: string;
  readonly env?: Variables;
}

export interface WorkflowOptions {
  /** Makes the job's runner. @param idToken whether it may ask for id tokens. */
  readonly runner: (idToken: boolean) => Promise<ActionsRunner>;
  /** What `actions/checkout` does. */
  readonly checkout: (workspace: string) => Promise<void>;
}

/** Runs until a step fails, and then the action's last step. Gives the results of all. */
export async function runWorkflowJob(
  job: WorkflowJob,
  { runner: create, checkout }: WorkflowOptions,
): Promise<StepResult[]> {
  const runner = await create(job.permissions?.['id-token'] === 'write');
  const results: StepResult[] = [];
  const outputs: Record<string, Variables> = {};
  let used = false;
  for (const step of job.steps) {
    if (step.uses?.startsWith('actions/checkout@')) {
      await checkout(runner.workspace);
      continue;
    }
    const env = evaluated(step.env ?? {}, outputs);
    let result: StepResult;
    if (step.run !== undefined) result = await runner.shell(expand(step.run, outputs), env);
    else if (/^[\w-]+\/influx-sts@/.test(step.uses ?? '')) {
      used = true;
      result = await (await runner.start(evaluated(step.with ?? {}, outputs))).ended;
    } else throw new Error(`the step ${JSON.stringify(step)} is none that can be run here`);
    results.push(result);
    if (step.id !== undefined) outputs[step.id] = result.outputs;
    if (result.code !== 0) break;
  }
  if (used) results.push(await runner.post());
  return results;
}

function evaluated(values: Readonly<Record<string, string | boolean>>, outputs: Record<string, Variables>): Variables {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, expand(String(value), outputs)]));
}

function expand(text: string, outputs: Record<string, Variables>): string {
  return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const [, id, name] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
    if (id === undefined || name === undefined) throw new Error(`the expression ${expression} is not known here`);
    return outputs[id]?.[name] ?? '';
  });
}
