// The operations that are about the service itself, as the document describes them. Descriptions only: nothing here ever runs for a
// request.

import * as z from 'zod';
import { readyAnswer } from './answers.ts';
import type { Operation } from './operation.ts';

const JSON_TYPE = 'application/json';

const healthAnswer = z.strictObject({ status: z.literal('ok') });

export const serviceOperations: readonly Operation[] = [
  {
    path: '/healthz',
    method: 'get',
    id: 'checkHealth',
    tag: 'Service',
    summary: 'Whether the service runs',
    description: 'It makes no request to anything else, and answers even while a setting is missing.',
    bearer: [],
    answers: [
      {
        status: 200,
        description: 'It runs.',
        body: { type: JSON_TYPE, name: 'Health', schema: healthAnswer, example: { status: 'ok' } },
      },
    ],
    refusals: 'problem',
    reasons: [],
  },
  {
    path: '/readyz',
    method: 'get',
    id: 'checkReadiness',
    tag: 'Service',
    summary: 'Whether tokens can be vended now',
    description:
      "Checks each instance with its admin token, each issuer's keys, and the gates. Operators see each check.",
    bearer: ['subjectToken'],
    bearerOptional: true,
    answers: [
      {
        status: 200,
        description: 'Tokens can be vended.',
        body: { type: JSON_TYPE, name: 'Readiness', schema: readyAnswer, example: { status: 'ready' } },
      },
      {
        status: 503,
        description: 'At least one instance, issuer or gate is not ready.',
        body: { type: JSON_TYPE, name: 'Readiness', schema: readyAnswer, example: { status: 'not_ready' } },
      },
    ],
    refusals: 'problem',
    reasons: ['internal_error'],
  },
  {
    path: '/openapi.json',
    method: 'get',
    id: 'showDocument',
    tag: 'Service',
    summary: 'This document',
    description: 'The API in OpenAPI 3.1, made of the schemas with which the service checks requests and answers.',
    bearer: [],
    answers: [
      {
        status: 200,
        description: 'The document.',
        body: {
          type: JSON_TYPE,
          name: 'Document',
          schema: z.looseObject({
            openapi: z.string(),
            info: z.looseObject({ title: z.string(), version: z.string() }),
            paths: z.record(z.string(), z.unknown()),
          }),
        },
      },
    ],
    refusals: 'problem',
    reasons: [],
  },
  {
    path: '/docs',
    method: 'get',
    id: 'showDocs',
    tag: 'Service',
    summary: 'This document as a page',
    description: 'For people. It needs no script.',
    bearer: [],
    answers: [
      {
        status: 200,
        description: 'The page.',
        body: { type: 'text/html', name: 'Page', schema: z.string() },
      },
    ],
    refusals: 'problem',
    reasons: [],
  },
];
