// The operations for OAuth clients, as the document describes them. Descriptions only: the routes are elsewhere, and nothing here ever runs
// for a request.

import { oauthTokenAnswer } from '../../web/token-answer-schema.ts';
import { FORM_TYPE } from '../form-body.ts';
import { WELL_KNOWN } from '../metadata.ts';
import { revokeForm } from '../oauth-revoke.ts';
import { tokenForm } from '../oauth-token.ts';
import { metadataAnswer } from './answers.ts';
import { metadataExample, oauthTokenExample, revokeFormExample, tokenFormExample } from './examples.ts';
import { type Operation, SERVICE, VEND } from './operation.ts';

const JSON_TYPE = 'application/json';

export const oauthOperations: readonly Operation[] = [
  {
    path: '/oauth/token',
    method: 'post',
    id: 'exchangeToken',
    tag: 'OAuth',
    summary: 'Token exchange (RFC 8693)',
    description:
      'The same exchange for OAuth clients. Parameters that are not listed, a parameter that appears twice and an `Authorization` header ' +
      'are refused. A parameter without a value counts as left out.',
    bearer: [],
    body: { type: FORM_TYPE, required: true, name: 'TokenForm', schema: tokenForm(), example: tokenFormExample },
    answers: [
      {
        status: 200,
        description: 'The token was made, or is one that callers of this grant share.',
        body: { type: JSON_TYPE, name: 'OAuthToken', schema: oauthTokenAnswer, example: oauthTokenExample },
      },
    ],
    refusals: 'oauth',
    reasons: VEND,
  },
  {
    path: '/oauth/revoke',
    method: 'post',
    id: 'revokeByToken',
    tag: 'OAuth',
    summary: 'Revocation (RFC 7009)',
    description:
      'Takes the lease or the database token itself: anyone who can present it may revoke it. Shared tokens and tokens that this service ' +
      'did not make are left alone. Use the lease if you have it: a node of a cluster that has not heard of a database token yet takes it ' +
      'for a dead one.',
    bearer: [],
    body: { type: FORM_TYPE, required: true, name: 'RevokeForm', schema: revokeForm(), example: revokeFormExample },
    answers: [{ status: 200, description: 'The token is gone, will be gone, or never existed.' }],
    refusals: 'oauth',
    reasons: [
      ...SERVICE,
      'request_malformed',
      'token_missing',
      'token_malformed',
      'body_too_large',
      'content_type_unsupported',
      'rate_limited',
      'upstream_unreachable',
      'state_unavailable',
    ],
  },
  {
    path: WELL_KNOWN,
    method: 'get',
    id: 'showMetadata',
    tag: 'OAuth',
    summary: 'Authorization server metadata (RFC 8414)',
    description: 'Where the OAuth endpoints are, and which audience subject tokens must have.',
    bearer: [],
    answers: [
      {
        status: 200,
        description: 'The metadata.',
        body: { type: JSON_TYPE, name: 'Metadata', schema: metadataAnswer, example: metadataExample },
      },
    ],
    refusals: 'problem',
    reasons: ['misconfigured'],
  },
];
