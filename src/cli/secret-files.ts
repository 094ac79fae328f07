// Writes files with secrets that nobody else may read: all of them or none, and never over a file that is there, whose tokens a server
// may already know.

import { mkdir, open, unlink } from 'node:fs/promises';
import { fileProblem } from '../client/file-problem.ts';
import type { Parsed } from '../policy/permission.ts';

const OWNER_READS_AND_WRITES = 0o600;
const OWNER_ENTERS = 0o700;

export interface SecretFile {
  readonly path: string;
  readonly text: string;
}

export async function writeSecretFiles(folder: string, files: readonly SecretFile[]): Promise<Parsed<null>> {
  try {
    await mkdir(folder, { recursive: true, mode: OWNER_ENTERS });
  } catch (error) {
    return { ok: false, problem: `cannot make the folder ${folder}: ${fileProblem(error)}` };
  }
  const made: string[] = [];
  for (const { path, text } of files) {
    try {
      const file = await open(path, 'wx', OWNER_READS_AND_WRITES);
      made.push(path);
      try {
        // Whatever the umask has taken away.
        await file.chmod(OWNER_READS_AND_WRITES);
        await file.writeFile(text);
      } finally {
        await file.close();
      }
    } catch (error) {
      const left = await removeAll(made);
      const after = left.length === 0 ? 'Nothing was written' : `Delete ${left.join(' and ')}, which cannot be removed`;
      return { ok: false, problem: `cannot write ${path}: ${problemOf(error)}. ${after}.` };
    }
  }
  return { ok: true, value: null };
}

function problemOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return fileProblem(error);
  const remedy = 'if no server has been started with it, delete it; else choose another --out';
  return `it is there already, and a server may know its tokens: ${remedy}`;
}

/** Those that are still there. */
async function removeAll(paths: readonly string[]): Promise<readonly string[]> {
  const removed = await Promise.allSettled(paths.map((path) => unlink(path)));
  return paths.filter((_, at) => removed[at]!.status === 'rejected');
}
