// The subject token of a GitHub Actions job: fetched from the runner's own endpoint, fresh at each call, for the audience that is needed.
// It never keeps a token.

import { isJsonObject, parseJson } from '../foundation/json.ts';
import { faultOf } from '../foundation/network-fault.ts';
import { plain } from './plain.ts';
import { unusedProxy } from './proxy.ts';
import { processVariables, type SourceContext, type SubjectTokenSource, unavailable } from './subject-token.ts';

/** In a GitHub Actions job that has `permissions: id-token: write`. */
export function fromGitHubActions(
  variables: Readonly<Record<string, string | undefined>> = processVariables(),
): SubjectTokenSource {
  return async (context) => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = variables;
    if (!url || !token) {
      throw unavailable(
        'GitHub gives this job no id token. Give the job (or the workflow) "permissions: id-token: write"; a pull request from a fork never gets one.',
      );
    }
    const address = new URL(url);
    address.searchParams.set('audience', await context.audience());
    const answer = await ask(address.href, token, context);
    if (answer.kind === 'token') return answer.token;
    // The endpoint is busy now and then, so the same request may succeed.
    throw unavailable(`GitHub's id token endpoint ${answer.problem}.`, answer.cause, answer.kind === 'busy');
  };
}

type Answer =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'refused' | 'busy'; readonly problem: string; readonly cause?: unknown };

/** GitHub answers 403 to a job that has just begun and that it still takes for pending, as in a concurrency group. */
const PASSING: readonly number[] = [403, 408, 425, 429];

async function ask(address: string, token: string, context: SourceContext): Promise<Answer> {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await context.fetch(address, { headers, signal: context.signal });
    const text = await response.text();
    const json = parseJson(text);
    const members = json.ok && isJsonObject(json.value) ? json.value : {};
    if (response.ok) {
      if (typeof members.value === 'string' && members.value !== '') return { kind: 'token', token: members.value };
      return { kind: 'busy', problem: 'gave an answer without a token' };
    }
    const said = wordsOf(typeof members.message === 'string' ? members.message : text, token);
    const passing = response.status >= 500 || PASSING.includes(response.status);
    return { kind: passing ? 'busy' : 'refused', problem: `answered with ${response.status}${said}` };
  } catch (error) {
    if (context.signal.aborted) throw error;
    if ((error as Error)?.name === 'TimeoutError')
      return { kind: 'busy', problem: 'did not answer in time', cause: error };
    const { words, lasting } = faultOf(error);
    const proxy = unusedProxy(address);
    const problem = `cannot be reached: ${words}${proxy === null ? '' : `. ${proxy}`}`;
    return { kind: lasting ? 'refused' : 'busy', problem, cause: error };
  }
}

const LONGEST_QUOTE = 200;

/** What it said of why, cut; nothing that may hold a token, and no page. */
function wordsOf(text: string, token: string): string {
  const words = plain(text.trim());
  if (words === '' || words.startsWith('<') || words.includes(token) || /eyJ[\w-]+\./.test(words)) return '';
  return `: ${words.length > LONGEST_QUOTE ? `${words.slice(0, LONGEST_QUOTE)}…` : words}`;
}
