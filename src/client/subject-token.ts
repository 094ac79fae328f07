// Where a caller's subject token comes from: its type, and the sources that need nothing but the environment. A source is called again for
// each exchange and never keeps a token, because a token may be good for only one.

import type { ClientEnvironment } from './environment.ts';
import { StsError } from './error.ts';
import { fileProblem } from './file-problem.ts';

export interface SourceContext extends Pick<ClientEnvironment, 'fetch'> {
  /** The audience that the token must have. It may cost a request to the service, so call it only when the issuer must be told. */
  readonly audience: () => Promise<string>;
  readonly signal: AbortSignal;
}

/** Gives a subject token: the OIDC JWT that the caller has anyway. Any function will do. */
export type SubjectTokenSource = (context: SourceContext) => string | Promise<string>;

/** A source without a token. @param advice what the user can do about it. */
export function unavailable(advice: string, cause?: unknown, retryable = false): StsError {
  return new StsError({ reason: 'subject_token_unavailable', detail: advice, retryable, cause });
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Node, Deno and Workers with Node's compatibility have `process.env`; a browser has no variables. */
export function processVariables(): Variables {
  return (globalThis as { process?: { env?: Variables } }).process?.env ?? {};
}

/** From an environment variable. */
export function fromEnvironment(variable: string, variables: Variables = processVariables()): SubjectTokenSource {
  return () => {
    const token = variables[variable]?.trim();
    if (token !== undefined && token !== '') return token;
    throw unavailable(`The environment variable ${variable} holds no subject token.`);
  };
}

/** The variable that a job's `id_tokens:` is expected to fill. */
const GITLAB_VARIABLE = 'INFLUX_STS_ID_TOKEN';

/** In a GitLab job: the token that its `id_tokens:` asks for. One token serves the whole job. */
export function fromGitLab(
  variable: string = GITLAB_VARIABLE,
  variables: Variables = processVariables(),
): SubjectTokenSource {
  return () => {
    const token = variables[variable]?.trim();
    if (token !== undefined && token !== '') return token;
    throw unavailable(
      `The job has no ${variable}. Add to it: id_tokens: { ${variable}: { aud: <the service's audience> } }.`,
    );
  };
}

/** From a file that is read at each exchange, such as Kubernetes' projected service account token, which the kubelet renews. */
export function fromFile(path: string): SubjectTokenSource {
  return async () => {
    // Imported only here, so that the client also loads where there is no file system.
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw unavailable(`The file ${path} cannot be read: ${fileProblem(error)}.`, error);
    });
    if (text.trim() === '') throw unavailable(`The file ${path} is empty.`);
    return text.trim();
  };
}
