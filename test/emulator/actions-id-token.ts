// The endpoint of GitHub's runner that signs id tokens for a job. It signs for whatever audience is asked, as GitHub does, and so records
// which one was.

import type { Issuer } from './issuer.ts';

export interface IdTokenEndpoint {
  /** Answers requests to its own path, and null to all others. */
  readonly fetch: (request: Request, issuer: Issuer) => Promise<Response | null>;
  /** What a job needs to find it. @param origin where it listens. */
  readonly variables: (origin: string) => Readonly<Record<string, string>>;
  /** The audiences asked for, oldest first. */
  readonly asked: string[];
  /** What the job is. */
  claims: Readonly<Record<string, unknown>>;
  /** Answered in its place. */
  answer: (() => Promise<Response>) | null;
}

const PATH = '/_apis/pipelines/idtoken';
const REQUEST_TOKEN = 'the-runners-own-request-token';

export function createIdTokenEndpoint(claims: Readonly<Record<string, unknown>>): IdTokenEndpoint {
  const endpoint: IdTokenEndpoint = {
    asked: [],
    claims,
    answer: null,
    variables: (origin) => ({
      // The real address has a query too, to which the audience is added.
      ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}${PATH}?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
    }),
    fetch: async (request, issuer) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== PATH) return null;
      if (request.headers.get('authorization') !== `Bearer ${REQUEST_TOKEN}`)
        return new Response(null, { status: 401 });
      const aud = searchParams.get('audience') ?? 'https://github.com/acme';
      endpoint.asked.push(aud);
      const value = await issuer.sign({ ...endpoint.claims, aud });
      return (await endpoint.answer?.()) ?? Response.json({ count: 1, value });
    },
  };
  return endpoint;
}
