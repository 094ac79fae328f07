// A job as GitLab's runner runs it: its id tokens and variables in the environment, `before_script` and `script` in one shell,
// `after_script` in another, which nothing but files comes through to, and which runs however the first ended.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../program.ts';
import type { Configuration, Json } from './gitlab-component.ts';

export interface GitLabJob {
  readonly id_tokens?: Readonly<Record<string, { readonly aud: string }>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly before_script?: readonly string[];
  readonly script: readonly string[];
  readonly after_script?: readonly string[];
}

export interface GitLabJobOptions {
  /** Gives the tokens that `id_tokens:` asks for. */
  readonly sign: (audience: string) => Promise<string>;
  /** Laid over the job's own: as of the project, or of the test. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Ends the script, as a cancelled job is. */
  readonly signal?: AbortSignal;
  /** GitLab takes bash where there is one, and sh otherwise. */
  readonly shell?: 'bash' | 'sh';
  /** Changes each script before it runs. */
  readonly rewrite?: (script: string) => string;
}

export interface GitLabJobResult {
  /** Of the script; null when the job was cancelled. */
  readonly code: number | null;
  readonly log: string;
}

/** A job of the configuration with what it extends. */
export function resolveJob(configuration: Configuration, name: string): GitLabJob {
  const { extends: bases = [], ...own } = configuration[name] as Record<string, Json>;
  const named = (Array.isArray(bases) ? bases : [bases]) as readonly string[];
  const inherited = named.map((base) => resolveJob(configuration, base) as unknown as Record<string, Json>);
  return [...inherited, own].reduce(merge, {}) as unknown as GitLabJob;
}

/** Maps are merged, lists and all else are replaced. */
function merge(base: Record<string, Json>, over: Record<string, Json>): Record<string, Json> {
  const isMap = (value: Json | undefined): value is Record<string, Json> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const merged = Object.entries(over).map(([key, value]) => {
    const before = base[key];
    return [key, isMap(before) && isMap(value) ? merge(before, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
}

export async function runGitLabJob(job: GitLabJob, options: GitLabJobOptions): Promise<GitLabJobResult> {
  const { sign, variables = {}, signal, shell = 'bash', rewrite = (script) => script } = options;
  const builds = await mkdtemp(join(tmpdir(), 'gitlab-builds-'));
  const project = join(builds, 'project');
  await mkdir(project);
  try {
    const tokens = await Promise.all(
      Object.entries(job.id_tokens ?? {}).map(async ([name, { aud }]) => [name, await sign(aud)] as const),
    );
    const env = {
      ...{ PATH: process.env.PATH, HOME: builds, CI: 'true', GITLAB_CI: 'true' },
      ...{ CI_PROJECT_DIR: project, CI_JOB_ID: '4711', CI_JOB_NAME: 'job' },
      ...job.variables,
      ...Object.fromEntries(tokens),
      ...variables,
    };
    const run = (lines: readonly string[], ends?: AbortSignal) =>
      runShell(shell, rewrite(lines.join('\n')), project, env, ends);
    const main = await run([...(job.before_script ?? []), ...job.script], signal);
    const after = await run(job.after_script ?? []);
    return { code: main.code, log: main.log + after.log };
  } finally {
    await rm(builds, { recursive: true, force: true });
  }
}

async function runShell(
  shell: 'bash' | 'sh',
  script: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<GitLabJobResult> {
  const strict = shell === 'bash' ? 'set -eo pipefail' : 'set -e';
  const program = startProgram([shell, '-c', `${strict}\n${script}`], { cwd, env });
  // The runner ends a job with everything that it started.
  signal?.addEventListener('abort', () => program.signalAll('SIGTERM'), { once: true });
  const { code, output } = await program.ended;
  return { code, log: output };
}
