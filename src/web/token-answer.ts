// What a vend answers: one description of a database token for every door. It never holds a token beyond the answer.

import type * as z from 'zod';
import type { Vended } from '../service/exchange.ts';
import { ACCESS_TOKEN } from './oauth-names.ts';
import type { oauthTokenAnswer, tokenAnswer } from './token-answer-schema.ts';

export function tokenBody(token: Vended): z.input<typeof tokenAnswer> {
  const { expiresAt } = token;
  return { token: token.token, permissions: [...token.permissions], expires_at: expiresAt, ...particularsOf(token) };
}

export function oauthTokenBody(token: Vended): z.input<typeof oauthTokenAnswer> {
  return {
    access_token: token.token,
    issued_token_type: ACCESS_TOKEN,
    token_type: 'Bearer',
    scope: token.permissions.join(' '),
    ...particularsOf(token),
  };
}

function particularsOf(token: Vended) {
  return {
    lease: token.lease,
    name: token.name,
    expires_in: token.expiresIn,
    rule: token.rule,
    instance: token.instance,
    url: token.url,
    shared: token.shared,
    usable_after: token.usableAfter,
    ...(token.limit === null ? {} : { limit: token.limit }),
  };
}
