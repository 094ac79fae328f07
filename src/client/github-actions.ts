// The subject token of a GitHub Actions job: fetched from the runner's own endpoint, fresh at each call, for the audience that is needed.
// It never keeps a token.

import { isJsonObject, parseJson } from '../foundation/json.ts';
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
    // The endpoint is sometimes busy, so the same request may succeed later.
    throw unavailable(`GitHub's id token endpoint ${answer.problem}.`, undefined, answer.kind === 'busy');
  };
}

type Answer =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'refused' | 'busy'; readonly problem: string };

async function ask(address: string, token: string, context: SourceContext): Promise<Answer> {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await context.fetch(address, { headers, signal: context.signal });
    if (response.ok) {
      const json = parseJson(await response.text());
      const value = json.ok && isJsonObject(json.value) ? json.value.value : undefined;
      if (typeof value === 'string' && value !== '') return { kind: 'token', token: value };
      return { kind: 'refused', problem: 'gave an answer without a token' };
    }
    const busy = response.status >= 500 || response.status === 429;
    return { kind: busy ? 'busy' : 'refused', problem: `answered with ${response.status}` };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { kind: 'busy', problem: 'cannot be reached' };
  }
}
