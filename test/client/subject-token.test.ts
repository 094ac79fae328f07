// The built-in sources: where each finds its token, and what it says when there is none.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StsError } from '../../src/client/error.ts';
import { fromGitHubActions } from '../../src/client/github-actions.ts';
import {
  fromEnvironment,
  fromFile,
  fromGitLab,
  type SourceContext,
  type SubjectTokenSource,
} from '../../src/client/subject-token.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const AUDIENCE = 'https://sts.example.com';

/** A context whose network answers as told. */
function contextWith(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = [];
  const context: SourceContext = {
    audience: async () => AUDIENCE,
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const request = new Request(url, init);
      requests.push(request);
      return answer(request);
    },
  };
  return { context, requests };
}

const offline = contextWith(() => {
  throw new TypeError('fetch failed');
}).context;
const failure = async (source: SubjectTokenSource, context = offline): Promise<StsError> => {
  const error = await Promise.resolve()
    .then(() => source(context))
    .then(
      () => null,
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(StsError);
  return error as StsError;
};

const RUNNER = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.example.com/token?api-version=2.0',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the runner',
};

test('takes the token of a variable, without the white space around it, or names the variable', async () => {
  expect(await fromEnvironment('TOKEN', { TOKEN: ' a.b.c\n' })(offline)).toBe('a.b.c');
  for (const variables of [{}, { TOKEN: '' }, { TOKEN: ' \n' }]) {
    expect(await failure(fromEnvironment('TOKEN', variables))).toMatchObject({
      reason: 'subject_token_unavailable',
      detail: expect.stringContaining('TOKEN'),
      retryable: false,
    });
  }
});

test("in a GitLab job, takes what the job's id_tokens gave, or says how to ask for one", async () => {
  expect(await fromGitLab(undefined, { INFLUX_STS_ID_TOKEN: 'a.b.c' })(offline)).toBe('a.b.c');
  expect(await fromGitLab('MINE', { MINE: 'a.b.c' })(offline)).toBe('a.b.c');
  expect((await failure(fromGitLab(undefined, {}))).detail).toContain('id_tokens: { INFLUX_STS_ID_TOKEN: { aud:');
});

test('reads the file anew at each exchange, since the kubelet renews it', async () => {
  const file = join(folder, 'token');
  const source = fromFile(file);
  expect((await failure(source)).detail).toBe(`The file ${file} cannot be read: there is no such file.`);
  await writeFile(file, 'first\n');
  expect(await source(offline)).toBe('first');
  await writeFile(file, 'second');
  expect(await source(offline)).toBe('second');
  await writeFile(file, '\n');
  expect((await failure(source)).detail).toContain('is empty');
});

test('in a GitHub job, asks the runner with its own token for the audience, encoded', async () => {
  const { context, requests } = contextWith(() => Response.json({ value: 'a.b.c' }));
  expect(await fromGitHubActions(RUNNER)({ ...context, audience: async () => 'a&b=c' })).toBe('a.b.c');
  expect(requests.map(({ url }) => url)).toEqual([
    'https://runner.example.com/token?api-version=2.0&audience=a%26b%3Dc',
  ]);
  expect(requests[0]!.headers.get('authorization')).toBe('Bearer of the runner');
});

test('a GitHub job without the permission is told which one it lacks', async () => {
  expect(await failure(fromGitHubActions({}))).toMatchObject({
    detail: expect.stringContaining('permissions: id-token: write'),
    retryable: false,
  });
});

test("asks GitHub's endpoint once, and says whether to ask again", async () => {
  for (const [answer, retryable, words] of [
    [() => new Response('', { status: 503 }), true, 'answered with 503'],
    [() => new Response('', { status: 429 }), true, 'answered with 429'],
    [() => new Response('', { status: 403 }), true, 'answered with 403'],
    [() => Response.json({ message: 'no id token while the job is Pending' }, { status: 403 }), true, 'job is Pending'],
    [() => new Response('x'.repeat(5_000), { status: 400 }), false, `${'x'.repeat(200)}…`],
    [() => new Response('<html>Bad gateway</html>', { status: 502 }), true, 'answered with 502.'],
    [() => new Response('', { status: 404 }), false, 'answered with 404'],
    [() => new Response('denied to "of the runner"', { status: 401 }), false, 'answered with 401.'],
    [() => new Response('', { status: 200 }), true, 'without a token'],
    [() => Response.json({ count: 1 }), true, 'without a token'],
    [() => Response.json({ value: '' }), true, 'without a token'],
    [() => Promise.reject(new TypeError('fetch failed')), true, 'cannot be reached'],
  ] as const) {
    const { context, requests } = contextWith(answer);
    expect(await failure(fromGitHubActions(RUNNER), context)).toMatchObject({
      retryable,
      detail: expect.stringContaining(words),
    });
    expect(requests).toHaveLength(1);
  }
});

test('says nothing of the tokens that it holds', async () => {
  const refusing = contextWith(() => new Response('', { status: 403 }));
  const error = await failure(fromGitHubActions(RUNNER), refusing.context);
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('of the runner');
});
