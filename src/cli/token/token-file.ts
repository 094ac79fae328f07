// The file from which a long job reads its current database token: in a folder of its own, readable by this user alone, and replaced as a
// whole, so that no reader ever meets half a token.

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TokenFile {
  readonly path: string;
  readonly write: (token: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Rejects when the file cannot be written. */
export async function createTokenFile(env: NodeJS.ProcessEnv): Promise<TokenFile> {
  // `mkdtemp` makes it with mode 0700.
  const folder = await mkdtemp(join(env.TMPDIR || tmpdir(), 'influx-sts-'));
  const path = join(folder, 'token');
  const fresh = join(folder, 'token.new');
  return {
    path,
    write: async (token) => {
      await rm(fresh, { force: true });
      await writeFile(fresh, token, { mode: 0o600, flag: 'wx' });
      await rename(fresh, path);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
