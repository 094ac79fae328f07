// From the first token to the last revocation: a session that keeps the token file fresh while the command runs, and that is always closed.
// It prints on standard error only, and never a token.

import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Client, TokenRequest } from '../../client/client.ts';
import type { DatabaseToken } from '../../client/database-token.ts';
import { fileProblem } from '../../client/file-problem.ts';
import { createSession, type Session } from '../../client/session.ts';
import { EXIT, stop } from '../shell/command.ts';
import { shellWord } from '../shell/shell-word.ts';
import { plain } from '../shell/table.ts';
import type { Terminal } from '../shell/terminal.ts';
import { maskInActions } from './actions-mask.ts';
import { type ServiceValues, withService } from './caller.ts';
import { createEndingEnvironment } from './ending-environment.ts';
import { foreignDatabase, variablesFor } from './influx-variables.ts';
import { endRemnants } from './remnants.ts';
import { catchSignals, exitForSignal, type Signals } from './signals.ts';
import { TOKEN_VARIABLE } from './subject-token.ts';
import { createTokenFile, type TokenFile } from './token-file.ts';

export interface Run {
  /** Of the user's command. */
  readonly name: string;
  /** Program and arguments; no shell looks at them. */
  readonly command: readonly string[];
  readonly request: TokenRequest;
  readonly values: ServiceValues & {
    readonly database?: string | undefined;
    readonly 'keep-identity'?: boolean | undefined;
  };
}

/** Its value is unique to this run, so it marks the processes that got the token. */
const FILE_VARIABLE = 'INFLUX_STS_TOKEN_FILE';
/** How long a job that is being cancelled waits for the revocation; GitHub kills it 10 s after the first signal. */
const REVOCATION_PATIENCE_MS = 5_000;

export async function runWithToken(run: Run, terminal: Terminal): Promise<number> {
  const { environment, end } = createEndingEnvironment();
  const note: Note = (text) => terminal.err.line(`influx-sts ${run.name}: ${plain(text)}`);
  const signals = catchSignals(() => note('the process that started this has ended, so the command is ended too'));
  try {
    const asked = { name: run.name, terminal, environment };
    return await withService(run.values, asked, (client) => runAs(client, run, signals, terminal, note));
  } finally {
    end();
    signals.release();
  }
}

type Note = (text: string) => void;

async function runAs(client: Client, run: Run, signals: Signals, terminal: Terminal, note: Note): Promise<number> {
  const { name, request, values } = run;
  let file: TokenFile;
  try {
    file = await createTokenFile(terminal.env);
  } catch (error) {
    return stop(terminal, name, `cannot make a folder for the token file: ${fileProblem(error)}`, EXIT.faulty);
  }
  let unwritten: string | null = null;
  const session = createSession({
    client,
    request,
    onToken: async ({ token, lease }) => {
      maskInActions([token, lease], terminal);
      // The session would take a rejection for its own failure, and stop renewing.
      unwritten = await file.write(token).then(
        () => null,
        (error) => `cannot write ${file.path}: ${fileProblem(error)}`,
      );
      if (unwritten !== null) note(unwritten);
    },
    onDelay: ({ reason, detail }) => note(`the token is not renewed: ${detail} (${reason})`),
  });
  try {
    const begun = session.keepFresh().then(() => session.token());
    const first = await Promise.race([begun, signals.early]);
    if (typeof first === 'string') {
      // We may still be waiting for the subject token.
      if (values['subject-token-stdin'] === true) process.stdin.destroy();
      return exitForSignal(first);
    }
    if (unwritten !== null) return EXIT.faulty;
    const complaint = foreignDatabase(first, values.database);
    if (complaint !== null) note(complaint);
    const mark = `${FILE_VARIABLE}=${file.path}`;
    const env = environmentFor(run, first, file, terminal);
    const code = await runCommand(run, env, (child) => signals.passTo(child, mark), terminal);
    if (signals.endAsked()) await endRemnants(mark);
    return code;
  } finally {
    const problem = await close(session);
    if (problem !== null) note(`a token may live until its end: ${problem}`);
    await file.remove().catch((error) => note(`cannot remove ${file.path}: ${fileProblem(error)}`));
  }
}

function runCommand(
  { name, command }: Run,
  env: NodeJS.ProcessEnv,
  onStart: (child: ChildProcess) => void,
  terminal: Terminal,
): Promise<number> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: 'inherit' });
    onStart(child);
    child.once('error', (error: NodeJS.ErrnoException) => {
      // A signal that did not arrive is an error, too.
      if (child.pid !== undefined) return;
      const missing = error.code === 'ENOENT';
      stop(
        terminal,
        name,
        `cannot run "${program}": ${missing ? 'there is no such command' : startProblem(program, error)}`,
      );
      resolve(missing ? NOT_FOUND : NOT_EXECUTABLE);
    });
    child.once('exit', (code, signal) => resolve(signal === null ? code! : exitForSignal(signal)));
  });
}

/** Why an existing file does not run. */
function startProblem(program: string, error: NodeJS.ErrnoException): string {
  if (error.code !== 'EACCES') return fileProblem(error);
  // Without a slash it is one of several that PATH may lead to.
  if (!program.includes('/')) return 'it is not executable';
  const isFolder = statSync(program, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? 'it is a directory' : `it is not executable: chmod +x ${shellWord(program)}`;
}

/** As shells do. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** Our environment with the token, and without the variables that could get another one. */
function environmentFor({ values }: Run, token: DatabaseToken, file: TokenFile, { env }: Terminal): NodeJS.ProcessEnv {
  const unwanted: string[] = [];
  if (values['keep-identity'] !== true) {
    unwanted.push(TOKEN_VARIABLE, 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN');
    if (values['subject-token-env'] !== undefined) unwanted.push(values['subject-token-env']);
  }
  const kept = Object.fromEntries(Object.entries(env).filter(([variable]) => !unwanted.includes(variable)));
  return { ...kept, ...variablesFor(token, values.database), [FILE_VARIABLE]: file.path };
}

/** Revokes the live tokens, within a bounded time. Returns the error, or null. */
async function close(session: Session): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    const problem = `the service has not answered within ${REVOCATION_PATIENCE_MS / 1000} s`;
    timer = setTimeout(() => resolve(problem), REVOCATION_PATIENCE_MS);
  });
  const closed = session.close().then(
    () => null,
    (error: Error) => error.message,
  );
  return Promise.race([closed, late]).finally(() => clearTimeout(timer));
}
