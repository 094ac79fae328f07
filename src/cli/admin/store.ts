// Hands a secret to the command that stores it, on that command's standard input: never as an argument, which other processes could
// read, nor in its environment. What the command says is passed on without the secrets that it may repeat.

import { spawn } from 'node:child_process';
import type { Parsed } from '../../policy/language/permission.ts';

export interface StoreOptions {
  /** Program and arguments; no shell looks at them. */
  readonly command: readonly string[];
  readonly secret: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Other text, besides the secret, to remove from the command's output. */
  readonly confidential: readonly string[];
}

/** The command's output; or why the secret is not stored, with the output. */
export async function storeSecret({
  command,
  secret,
  env,
  confidential,
}: StoreOptions): Promise<Parsed<null> & { readonly said: string }> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { env, stdio: 'pipe' });
  // Ctrl-C ends the command, and then we clean up; it must not end this process first.
  const interrupt = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, interrupt);

  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => said.push(text));
  let unread = false;
  // A command that ends before it has read the secret cannot have stored it.
  child.stdin.on('error', () => {
    unread = true;
  });
  child.stdin.end(secret);
  const problem = await new Promise<string | null>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(`it cannot be run (${error.code ?? 'unknown'})`));
    child.once('close', (code, signal) => {
      if (code !== 0) resolve(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
      else resolve(unread ? 'it did not read its standard input' : null);
    });
  });
  for (const signal of signals) process.off(signal, interrupt);
  // As a whole, because a secret may be split across two pieces.
  const clean = [secret, ...confidential].reduce((text, one) => text.replaceAll(one, '[token]'), said.join(''));
  return problem === null ? { ok: true, value: null, said: clean } : { ok: false, problem, said: clean };
}
