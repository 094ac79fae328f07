// Writes files with secrets that nobody else may read: all of them or none. It never overwrites a file, because a server may already know
// the tokens in it.

import { lstat, mkdir, open, unlink } from 'node:fs/promises';
import { fileProblem } from '../../client/file-problem.ts';
import type { Parsed } from '../../policy/language/permission.ts';

const OWNER_READS_AND_WRITES = 0o600;
const OWNER_ENTERS = 0o700;
const OTHERS_WRITE = 0o022;

export interface SecretFile {
  readonly path: string;
  readonly text: string;
}

export async function writeSecretFiles(folder: string, files: readonly SecretFile[]): Promise<Parsed<null>> {
  let trouble: string | null;
  try {
    await mkdir(folder, { recursive: true, mode: OWNER_ENTERS });
    trouble = await strangersIn(folder);
  } catch (error) {
    return { ok: false, problem: `cannot make the folder ${folder}: ${fileProblem(error)}` };
  }
  if (trouble !== null) return { ok: false, problem: `the folder ${folder} ${trouble}. Nothing was written.` };
  const made: string[] = [];
  for (const { path, text } of files) {
    try {
      const file = await open(path, 'wx', OWNER_READS_AND_WRITES);
      made.push(path);
      try {
        // Restores the mode that the umask has reduced.
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

/** Anyone who may write into the folder could put a file of their own, with a token that they know, in the place of ours. */
async function strangersIn(folder: string): Promise<string | null> {
  const found = await lstat(folder);
  if (!found.isDirectory()) return 'is a link to another; name that one';
  // Windows has no such owners and modes, so there is nothing to check.
  if (process.getuid === undefined) return null;
  if (found.uid !== process.getuid()) return 'belongs to somebody else; name one of your own';
  return (found.mode & OTHERS_WRITE) === 0 ? null : 'can be written by others; take that right away, or name another';
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
