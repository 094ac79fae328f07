// The CI jobs of the demo, as the claims that GitHub would put in their tokens. It never says what a job may do: the
// policy does.

import { githubActions } from '../test/emulator/personas.ts';

/** The `audience:` of demo/policy.yaml. */
const AUDIENCE = 'https://sts.example.com';

export const JOBS = {
  /** A push to the main branch of acme/app. */
  github: githubActions({ aud: AUDIENCE }),
  /** The same repository, on a branch. */
  branch: githubActions({
    aud: AUDIENCE,
    ref: 'refs/heads/try-something',
    ref_protected: 'false',
    sub: 'repo:acme@77/app@123456:ref:refs/heads/try-something',
  }),
  /** An operator of the service, by a job in an environment that only they may use. */
  operations: githubActions({
    aud: AUDIENCE,
    environment: 'operations',
    sub: 'repo:acme@77/app@123456:environment:operations',
  }),
  /** Anyone else on GitHub: the same names may become free one day, but the ids never do. */
  stranger: githubActions({
    aud: AUDIENCE,
    repository: 'elsewhere/app',
    repository_id: '654321',
    repository_owner: 'elsewhere',
    repository_owner_id: '99',
    sub: 'repo:elsewhere@99/app@654321:ref:refs/heads/main',
  }),
};

export type Job = keyof typeof JOBS;

export function isJob(name: string): name is Job {
  return Object.hasOwn(JOBS, name);
}
