// GitHub's runner, as an action and the other steps of a job meet it: gives inputs, files and state, reads commands, hides what it was told
// to hide, and ends a cancelled step. One job each. It adds no masks of its own, as the real one does: an action must not need them.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Program, startProgram } from '../program.ts';
import { until } from '../until.ts';
import { type Command, parseCommand, parseCommandFile } from './actions-commands.ts';

export type Variables = Readonly<Record<string, string>>;

export interface StepResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly outputs: Variables;
  readonly summary: string;
  /** What it printed, without the commands that add masks: what a log could hold if nothing were hidden. */
  readonly printed: string;
  /** What the log shows. */
  readonly log: string;
  readonly annotations: readonly { readonly level: string; readonly title: string; readonly text: string }[];
}

export interface RunningStep {
  readonly ended: Promise<StepResult>;
  /** Waits until it has printed the text. */
  readonly said: (text: string) => Promise<unknown>;
  /** Waits until it has saved state of that name for the last step. */
  readonly saved: (name: string) => Promise<void>;
  /** SIGINT, 7.5 s later SIGTERM, and 2.5 s after that SIGKILL. */
  readonly cancel: () => void;
  /** As when the machine is lost. */
  readonly kill: () => void;
}

export interface ActionsRunner {
  /** The folder that steps run in. */
  readonly workspace: string;
  /** Variables that steps have set for later ones. */
  readonly env: Record<string, string>;
  /** Everything that any step told the runner to hide. */
  readonly masks: Set<string>;
  /** Starts the action's first step. */
  readonly start: (inputs: Variables) => Promise<RunningStep>;
  /** Runs the action's last step; its condition must be always(), or a cancelled job would not run it. */
  readonly post: () => Promise<StepResult>;
  /** Runs a step of its own: `bash -e`, as for `shell: bash`. */
  readonly shell: (script: string, variables?: Variables) => Promise<StepResult>;
  readonly stop: () => Promise<void>;
}

interface Manifest {
  readonly inputs: Readonly<Record<string, { readonly default?: string } | null>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post: string; readonly 'post-if'?: string };
}

const SIGTERM_AFTER_MS = 7_500;
const SIGKILL_AFTER_MS = 2_500;
/** The files that each step gets as new ones. */
const FILES = ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY', 'GITHUB_PATH'] as const;

/** @param action the folder that holds action.yml. @param variables what the job has besides the runner's own. */
export async function createActionsRunner(action: string, variables: Variables = {}): Promise<ActionsRunner> {
  const manifest = parse(await readFile(join(action, 'action.yml'), 'utf8')) as Manifest;
  const home = await mkdtemp(join(tmpdir(), 'actions-runner-'));
  const env: Record<string, string> = {};
  const masks = new Set<string>();
  const running = new Set<Program>();
  let state: Variables = {};
  let given: Variables = {};
  let steps = 0;

  async function run(command: string, args: readonly string[], own: Variables): Promise<RunningStep> {
    const folder = join(home, `step-${++steps}`);
    await mkdir(folder);
    const files = Object.fromEntries(FILES.map((name) => [name, join(folder, name)])) as Record<string, string>;
    await Promise.all(Object.values(files).map((file) => writeFile(file, '')));
    const program = startProgram([command, ...args], {
      cwd: home,
      env: {
        PATH: process.env.PATH,
        HOME: home,
        RUNNER_TEMP: home,
        CI: 'true',
        ...variables,
        ...env,
        ...own,
        ...files,
      },
    });
    running.add(program);
    let ended = false;
    void program.ended.then(() => {
      ended = true;
    });
    /** Also where it ends right after. */
    const before = async (holds: () => boolean | Promise<boolean>, what: string) => {
      await until(async () => ended || (await holds()), what);
      if (!(await holds())) throw new Error(`the step has ended before ${what}`);
    };
    return {
      ended: result(program, files),
      said: (text) => program.says(text),
      saved: (name) =>
        before(
          async () => Object.hasOwn(parseCommandFile(await readFile(files.GITHUB_STATE!, 'utf8')), name),
          `it has saved ${name}`,
        ),
      cancel: () => cancel(program),
      kill: () => program.signal('SIGKILL'),
    };
  }

  async function result(program: Program, files: Readonly<Record<string, string>>): Promise<StepResult> {
    const { code, output } = await program.ended;
    running.delete(program);
    const [outputs, set, saved, summary] = await Promise.all(FILES.map((name) => readFile(files[name]!, 'utf8')));
    // The runner reads them however the step ended.
    Object.assign(env, parseCommandFile(set!));
    state = { ...state, ...parseCommandFile(saved!) };
    return { code, outputs: parseCommandFile(outputs!), summary: summary!, ...readOutput(output) };
  }

  function readOutput(output: string): Pick<StepResult, 'printed' | 'log' | 'annotations'> {
    const printed: string[] = [];
    const log: string[] = [];
    const annotations: StepResult['annotations'][number][] = [];
    for (const line of output.split('\n')) {
      const command = parseCommand(line);
      if (command?.name === 'add-mask') addMask(command);
      else {
        printed.push(command === null ? line : `${line}\n${command.data}`);
        log.push(hide(command?.data ?? line));
        if (command !== null) {
          const { name: level, properties, data } = command;
          annotations.push({ level, title: properties.title ?? '', text: hide(data) });
        }
      }
    }
    return { printed: printed.join('\n'), log: log.join('\n'), annotations };
  }

  function addMask({ data }: Command): void {
    if (data.trim() === '') throw new Error('the runner cannot hide nothing');
    for (const line of [data, ...data.split(/[\r\n]+/)]) if (line !== '') masks.add(line);
  }

  function hide(text: string): string {
    return [...masks].sort((a, b) => b.length - a.length).reduce((shown, mask) => shown.replaceAll(mask, '***'), text);
  }

  function cancel(program: Program): void {
    program.signal('SIGINT');
    const timers = [
      setTimeout(() => program.signal('SIGTERM'), SIGTERM_AFTER_MS),
      setTimeout(() => program.signal('SIGKILL'), SIGTERM_AFTER_MS + SIGKILL_AFTER_MS),
    ];
    void program.ended.then(() => timers.forEach(clearTimeout));
  }

  return {
    workspace: home,
    env,
    masks,
    start: (inputs) => {
      const defaults = Object.entries(manifest.inputs).map(([name, input]) => [name, input?.default ?? '']);
      const named = Object.entries({ ...Object.fromEntries(defaults), ...inputs }) as [string, string][];
      given = Object.fromEntries(
        named.map(([name, text]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, text]),
      );
      return run(process.execPath, [join(action, manifest.runs.main)], given);
    },
    post: async () => {
      if (manifest.runs['post-if'] !== 'always()') throw new Error('the last step would not run in a cancelled job');
      const saved = Object.fromEntries(Object.entries(state).map(([name, text]) => [`STATE_${name}`, text]));
      return (await run(process.execPath, [join(action, manifest.runs.post)], { ...given, ...saved })).ended;
    },
    shell: async (script, own = {}) =>
      (await run('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', script], own)).ended,
    stop: async () => {
      for (const program of running) program.signal('SIGKILL');
      await rm(home, { recursive: true, force: true });
    },
  };
}
