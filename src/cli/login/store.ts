// Where a person's login is kept between commands: one file for each service, replaced as a whole. Nobody else can read it, and no reader
// ever meets half a login.

import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from '../../foundation/json.ts';
import type { Terminal } from '../shell/terminal.ts';

/** Which of the issuer's two tokens to show the service. */
export type Shown = 'id_token' | 'access_token';

export interface Login {
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret?: string;
  readonly shown: Shown;
  readonly subject_token: string;
  /** Seconds since the epoch. */
  readonly expires_at: number;
  readonly refresh_token?: string;
}

export interface LoginStore {
  /** Of the service. */
  readonly origin: string;
  readonly path: string;
  readonly exists: () => Promise<boolean>;
  /** Null when there is none that can be read. */
  readonly read: () => Promise<Login | null>;
  readonly write: (login: Login) => Promise<void>;
  /** Lets one process at a time act on the login. */
  readonly exclusively: <T>(act: () => Promise<T>) => Promise<T>;
  /** Whether there was one. */
  readonly forget: () => Promise<boolean>;
}

/** Longer than an issuer may take (`issuer.ts`); a process that holds the lock for longer has died. */
const LOCK_PATIENCE_MS = 30_000;
const LOCK_POLL_MS = 50;

async function taken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, '', { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** By the clock that wrote it. */
async function isOld(lock: string): Promise<boolean> {
  const made = await stat(lock).catch(() => null);
  return made !== null && Date.now() - made.mtimeMs > LOCK_PATIENCE_MS;
}

export function loginStore(origin: string, env: Terminal['env']): LoginStore {
  // https://specifications.freedesktop.org/basedir: a relative path is to be ignored.
  const state = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(env.HOME || homedir(), '.local/state');
  const path = join(state, 'influx-sts', `${encodeURIComponent(origin)}.json`);
  const exists = () =>
    stat(path).then(
      () => true,
      () => false,
    );
  return {
    origin,
    path,
    exists,
    read: async () => {
      const json = parseJson(await readFile(path, 'utf8').catch(() => ''));
      return json.ok ? (json.value as Login) : null;
    },
    write: async (login) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const fresh = `${path}.${process.pid}`;
      // A file that a dead process has left would keep its mode.
      await rm(fresh, { force: true });
      await writeFile(fresh, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(fresh, path);
    },
    exclusively: async (act) => {
      const lock = `${path}.lock`;
      while (!(await taken(lock))) {
        if (await isOld(lock)) await rm(lock, { force: true });
        else await sleep(LOCK_POLL_MS);
      }
      try {
        return await act();
      } finally {
        await rm(lock, { force: true });
      }
    },
    forget: async () => {
      const there = await exists();
      await rm(path, { force: true });
      return there;
    },
  };
}
