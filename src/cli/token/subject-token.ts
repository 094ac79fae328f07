// The caller's identity: picks the source of the subject token, by an option or from the environment. A token is never an argument, because
// other processes could read that.

import { fromGitHubActions } from '../../client/github-actions.ts';
import { fromEnvironment, fromFile, type SubjectTokenSource, unavailable } from '../../client/subject-token.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { fromLogin } from '../login/source.ts';
import { loginStore } from '../login/store.ts';
import { readText } from '../shell/input.ts';
import type { Terminal } from '../shell/terminal.ts';

/** Set by GitLab's `id_tokens:`, or by the user. */
export const TOKEN_VARIABLE = 'INFLUX_STS_ID_TOKEN';
const FILE_VARIABLE = 'INFLUX_STS_ID_TOKEN_FILE';

export const SOURCE_OPTIONS = {
  'subject-token-env': { type: 'string' },
  'subject-token-file': { type: 'string' },
  'subject-token-stdin': { type: 'boolean' },
  audience: { type: 'string' },
} as const;

export const SOURCE_HELP = `--subject-token-env NAME   the environment variable that holds your subject token
  --subject-token-file FILE  the file that holds it; it is read again for each exchange
  --subject-token-stdin      read it from standard input
                             (default: the first there is of ${TOKEN_VARIABLE}, the file that
                             ${FILE_VARIABLE} names, GitHub Actions' id token, "influx-sts login")
  --audience AUDIENCE        the audience to ask the issuer for, where one is asked (default: as the service says)`;

export interface SourceValues {
  readonly 'subject-token-env'?: string | undefined;
  readonly 'subject-token-file'?: string | undefined;
  readonly 'subject-token-stdin'?: boolean | undefined;
  readonly audience?: string | undefined;
}

export interface ChosenSource {
  readonly give: SubjectTokenSource;
  /** For the person who must check it. */
  readonly name: string;
}

/** @param origin of the service; a login is kept for each. */
export async function chooseSource(
  values: SourceValues,
  origin: string,
  { env }: Terminal,
): Promise<Parsed<ChosenSource>> {
  const given = explicit(values, env);
  if (given.length > 1) return { ok: false, problem: 'give one of the options that begin with --subject-token' };
  const [named] = given;
  if (named !== undefined) return { ok: true, value: named };

  if (isSet(env[TOKEN_VARIABLE])) return chosen(TOKEN_VARIABLE, fromEnvironment(TOKEN_VARIABLE, env));
  if (isSet(env[FILE_VARIABLE])) return chosen(env[FILE_VARIABLE], fromFile(env[FILE_VARIABLE]));
  if (isSet(env.ACTIONS_ID_TOKEN_REQUEST_URL)) return chosen(GITHUB, fromGitHubActions(env));
  const store = loginStore(origin, env);
  if (await store.exists()) return chosen('"influx-sts login"', fromLogin(store));
  const empty = [TOKEN_VARIABLE, FILE_VARIABLE].find((variable) => env[variable] !== undefined);
  if (empty !== undefined)
    return {
      ok: false,
      problem: `${empty} is set and empty: the command that fills it gave nothing; and ${nothingFound(origin)}`,
    };
  // Its error tells the job what it lacks.
  if (env.GITHUB_ACTIONS === 'true') return chosen(GITHUB, fromGitHubActions(env));
  return { ok: false, problem: nothingFound(origin) };
}

const GITHUB = "GitHub's runner";

function chosen(name: string, give: SubjectTokenSource) {
  return { ok: true, value: { give, name } } as const;
}

function explicit(values: SourceValues, env: Terminal['env']): readonly ChosenSource[] {
  const { 'subject-token-env': variable, 'subject-token-file': file, 'subject-token-stdin': stdin } = values;
  return [
    ...(variable === undefined ? [] : [{ name: variable, give: fromEnvironment(variable, env) }]),
    ...(file === undefined ? [] : [{ name: file, give: fromFile(file) }]),
    ...(stdin === true ? [{ name: 'standard input', give: fromStandardInput() }] : []),
  ];
}

/** Standard input can be read only once, so each exchange gets the same token. */
function fromStandardInput(): SubjectTokenSource {
  let read: Promise<Parsed<string>> | undefined;
  return async () => {
    read ??= readText('-');
    const text = await read;
    if (!text.ok) throw unavailable(`Standard input: ${text.problem}.`);
    if (text.value.trim() === '') throw unavailable('Standard input holds no subject token.');
    return text.value.trim();
  };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}

function nothingFound(origin: string): string {
  return `nothing here says who you are. A subject token can come from
  a GitHub Actions job   give the job "permissions: id-token: write"
  a GitLab job           id_tokens: { ${TOKEN_VARIABLE}: { aud: ${origin} } }
  Kubernetes             mount a service account token, and set ${FILE_VARIABLE} to its path
  a person               influx-sts login --url ${origin}
  anything else          --subject-token-env NAME, --subject-token-file FILE or --subject-token-stdin`;
}
