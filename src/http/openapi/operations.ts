// Every operation of the API.
// Tests check that each answer and reason listed here really occurs, and that the service never gives another.

import { tokenAnswer } from '../../web/token-answer-schema.ts';
import { vendRequest } from '../../web/vend-request.ts';
import { explainRequest } from '../explain.ts';
import { listQuery } from '../list-query.ts';
import { explainAnswer, pageAnswer, whoamiAnswer } from './answers.ts';
import { auditOperations } from './audit-operations.ts';
import { explainExample, pageExample, tokenExample, vendExample, whoamiExample } from './examples.ts';
import { oauthOperations } from './oauth-operations.ts';
import { type Operation, SERVICE, SUBJECT_TOKEN, VEND } from './operation.ts';
import { serviceOperations } from './service-operations.ts';
import { switchOperations } from './switch-operations.ts';

const JSON_TYPE = 'application/json';

const tokenOperations: readonly Operation[] = [
  {
    path: '/v1/tokens',
    method: 'post',
    id: 'vendToken',
    tag: 'Tokens',
    summary: 'Exchange a subject token for a database token',
    description:
      'Verifies the subject token, decides by the policy, and makes one short-lived token in InfluxDB. Every field is optional; without ' +
      'a body the caller gets what the one rule that matches grants. The answer holds the token and its lease, which can revoke that token ' +
      'and do nothing else. You can always ask again; where subject tokens are for single use, use a fresh one.',
    bearer: ['subjectToken'],
    body: { type: JSON_TYPE, required: false, name: 'VendRequest', schema: vendRequest(), example: vendExample },
    answers: [
      {
        status: 201,
        description: 'The token was made, or is one that callers of this grant share.',
        body: { type: JSON_TYPE, name: 'Token', schema: tokenAnswer, example: tokenExample },
      },
    ],
    refusals: 'problem',
    reasons: VEND,
  },
  {
    path: '/v1/tokens',
    method: 'get',
    id: 'listTokens',
    tag: 'Tokens',
    summary: 'List tokens',
    description:
      "The caller's own tokens that have not expired; with `all`, for operators, everybody's; with `ended`, the caller's own that have ended " +
      'within a day, the last 100, newest first, with the reason. At most 100 a page. ' +
      'The service asks only instances that are open to the caller by some rule; `incomplete` names those that do not answer.',
    bearer: ['subjectToken'],
    query: listQuery(),
    answers: [
      {
        status: 200,
        description: 'One page of tokens.',
        body: { type: JSON_TYPE, name: 'TokenPage', schema: pageAnswer, example: pageExample },
      },
    ],
    refusals: 'problem',
    reasons: [...SUBJECT_TOKEN, ...SERVICE, 'request_malformed', 'no_rule', 'operator_required', 'instance_unknown'],
  },
  {
    path: '/v1/tokens/{name}',
    method: 'delete',
    id: 'revokeToken',
    tag: 'Tokens',
    summary: 'Revoke a token by its name',
    description:
      "Needs the owner's subject token, an operator's, or the lease that came with the token, which still works when the subject token has " +
      'expired. You can revoke twice. The answer is the same for a token of somebody else and for one that does not exist.',
    bearer: ['subjectToken', 'lease'],
    pathParameters: { name: "The token's name." },
    answers: [
      { status: 204, description: 'The token is gone.' },
      { status: 202, description: 'A node of the cluster has not heard of the token yet; the revocation is repeated.' },
    ],
    refusals: 'problem',
    reasons: [...SUBJECT_TOKEN, ...SERVICE, 'not_found', 'upstream_unreachable', 'state_unavailable'],
  },
  {
    path: '/v1/explain',
    method: 'post',
    id: 'explainDecision',
    tag: 'Tokens',
    summary: 'Explain a decision',
    description:
      'Takes the body of a request for a token, and says why it would be granted or refused. It makes no token. Operators may add the claims ' +
      'of somebody else, with the issuer entry that would vouch for them.',
    bearer: ['subjectToken'],
    body: { type: JSON_TYPE, required: false, name: 'ExplainRequest', schema: explainRequest(), example: vendExample },
    answers: [
      {
        status: 200,
        description: 'The decision, rule by rule.',
        body: { type: JSON_TYPE, name: 'Explanation', schema: explainAnswer, example: explainExample },
      },
    ],
    refusals: 'problem',
    reasons: [
      ...SUBJECT_TOKEN,
      ...SERVICE,
      'request_malformed',
      'body_too_large',
      'content_type_unsupported',
      'no_rule',
      'operator_required',
    ],
  },
  {
    path: '/v1/whoami',
    method: 'get',
    id: 'whoAmI',
    tag: 'Tokens',
    summary: 'Show the verified identity',
    description: 'Who the caller is to this service, and the grants open to them.',
    bearer: ['subjectToken'],
    answers: [
      {
        status: 200,
        description: 'The identity.',
        body: { type: JSON_TYPE, name: 'Identity', schema: whoamiAnswer, example: whoamiExample },
      },
    ],
    refusals: 'problem',
    reasons: [...SUBJECT_TOKEN, ...SERVICE],
  },
];

export const OPERATIONS: readonly Operation[] = [
  ...tokenOperations,
  ...switchOperations,
  ...oauthOperations,
  ...auditOperations,
  ...serviceOperations,
];
