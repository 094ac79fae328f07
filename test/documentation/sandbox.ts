// A checkout of its own for the documented commands, and a bash to run them in as a reader's would. It stands in for nothing itself: see
// `stand-ins.ts`.

import { appendFile, cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Ended, type Program, startProgram } from '../program.ts';
import { ROOT } from './blocks.ts';
import { placeStandIns, type StandIns, WITH_STAND_INS } from './stand-ins.ts';

export interface Sandbox {
  /** The checkout. */
  readonly folder: string;
  /** A folder for what belongs to the commands' surroundings. */
  readonly home: string;
  /** Runs a script to its end. @param input what a person would type or pipe. */
  readonly bash: (script: string, env?: Readonly<Record<string, string>>, input?: string) => Promise<Ended>;
  /** Runs what runs until it is stopped, and stops it once its output fits. */
  readonly untilSaid: (script: string, pattern: RegExp, env?: Readonly<Record<string, string>>) => Promise<Ended>;
  readonly remove: () => Promise<void>;
}

const NOT_COPIED = ['node_modules', 'dist', '.git', '.wrangler', '.vitest', 'worker-configuration.d.ts'];
const TIMEOUT_MS = 60_000;

export async function createSandbox(standIns: StandIns = {}): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'influx-sts-documentation-'));
  const [folder, home, bin] = [join(root, 'influx-sts'), join(root, 'home'), join(root, 'bin')];
  const placed = await placeStandIns(bin, standIns);
  for (const entry of (await readdir(ROOT)).filter((one) => !NOT_COPIED.includes(one))) {
    await cp(join(ROOT, entry), join(folder, entry), { recursive: true });
  }
  await cp(join(ROOT, 'dist/package'), join(folder, 'dist/package'), { recursive: true });
  await mkdir(home);
  // A port of its own, for `npm start` is tried on the default one at the same time.
  await appendFile(join(folder, 'wrangler.toml'), '\n[dev]\nport = 0\n');
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

  const neutral = Object.entries(WITH_STAND_INS).filter(([name]) => !/^(CLOUDFLARE|WRANGLER|npm|INFLUX)/i.test(name));
  const surroundings = {
    ...Object.fromEntries(neutral),
    PATH: [bin, WITH_STAND_INS.PATH].join(delimiter),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    NO_UPDATE_NOTIFIER: '1',
  };
  function run(script: string, env: Readonly<Record<string, string>> = {}, input = ''): Program {
    const options = { cwd: folder, env: { ...surroundings, ...env }, input, patience: TIMEOUT_MS };
    const program = startProgram(['bash', '-euo', 'pipefail', '-c', script], options);
    // The whole group, for bash waits for what it has started.
    const timer = setTimeout(() => program.signalAll('SIGKILL'), TIMEOUT_MS);
    void program.ended.then(() => clearTimeout(timer));
    return program;
  }

  return {
    folder,
    home,
    bash: (script, env, input) => run(script, env, input).ended,
    untilSaid: async (script, pattern, env) => {
      const { says, signalAll, ended } = run(script, env);
      await says(pattern, 'out');
      signalAll('SIGINT');
      return ended;
    },
    remove: async () => {
      await placed.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
