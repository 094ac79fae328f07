// Whether a token is in time (RFC 7519 section 4.1.4-6), with the issuer's skew, and within the ages that its entry allows. Each refusal says
// by how much, and who can change it. No I/O, no clock.

import { failure, type Result, success } from '../foundation/failure.ts';
import type { Claims } from './claim.ts';
import type { UnverifiedToken } from './token.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

type Limits = Pick<TrustedIssuer, 'clockSkew' | 'maxTokenAge' | 'maxLifetime'>;

/** @param now floored to whole seconds. */
export function checkTimes(
  { exp, nbf, iat }: UnverifiedToken['times'],
  claims: Claims,
  { clockSkew: skew, maxTokenAge, maxLifetime }: Limits,
  now: number,
): Result<{ readonly exp: number; readonly made: number }> {
  // Some issuers send `nbf` alone, which is the time of issue.
  const made = iat ?? nbf;
  if (exp === undefined) return failure('claim_invalid', 'The subject token has no "exp".');
  if (made === undefined) return failure('claim_invalid', 'The subject token has neither "iat" nor "nbf".');
  const allowance = `${skew} s of clock skew are allowed`;
  if (now >= exp + skew) {
    return failure(
      'token_expired',
      `The subject token expired ${now - exp} s ago (${allowance}). Ask your issuer for a fresh one.`,
    );
  }
  if (nbf !== undefined && nbf > now + skew) {
    return failure(
      'token_not_yet_valid',
      `The subject token is not valid for another ${nbf - now} s (${allowance}). Wait, or set the clock of the machine that issued it.`,
    );
  }
  if (made > now + skew) {
    return failure(
      'token_not_yet_valid',
      `The subject token was issued ${made - now} s in the future (${allowance}). Set the clock of the machine that issued it.`,
    );
  }
  if (now - made > maxTokenAge) {
    return failure(
      'token_too_old',
      `The subject token is ${now - made} s old; at most ${maxTokenAge} s are accepted. Ask your issuer for a fresh one${
        isGitlabJob(claims) ? `: ${GITLAB_LIFE}` : ''
      }, or raise "max_token_age" of its entry in the policy.`,
    );
  }
  if (exp - made > maxLifetime) {
    return failure(
      'claim_invalid',
      `The subject token lives ${exp - made} s; at most ${maxLifetime} s are accepted. ${
        isGitlabJob(claims)
          ? `Lower the job's "timeout:" in .gitlab-ci.yml, since ${GITLAB_LIFE}`
          : 'Ask your issuer for one of shorter life'
      }, or raise "max_lifetime" of its entry in the policy.`,
    );
  }
  return success({ exp, made });
}

const GITLAB_LIFE = "a GitLab job's token is made at its start and lives as long as the job may run";

/** For words alone. */
function isGitlabJob(claims: Claims): boolean {
  return Object.hasOwn(claims, 'project_path') && Object.hasOwn(claims, 'pipeline_id');
}
