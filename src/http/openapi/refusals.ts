// How refusals appear in the document: one response for each status, one schema and one example for each reason. It never decides which
// refusals an operation gives.

import type * as z from 'zod';
import type { Reason } from '../../foundation/failure.ts';
import { problemType, WIRE } from '../../web/problem.ts';
import { oauthErrorSchema, problemSchema } from '../../web/problem-schema.ts';
import { oauthStatus } from '../oauth-error.ts';
import { memberExamples } from './examples.ts';
import type { Manner, Operation } from './operation.ts';
import { ADVICE } from './reasons.ts';
import { type DocumentedResponse, headersOf, type NamedSchema, reference } from './schemas.ts';

/** These apply at every address, so they are not repeated at each. */
const EVERYWHERE: readonly Reason[] = ['not_found', 'method_not_allowed'];

export function describeRefusals({ refusals: manner, reasons }: Operation): [number, DocumentedResponse][] {
  const byStatus = Map.groupBy([...reasons].sort(), (reason) => statusOf(reason, manner));
  return [...byStatus].map(([status, group]) => [status, describeRefusal(status, group, manner)]);
}

function describeRefusal(status: number, group: readonly Reason[], manner: Manner): DocumentedResponse {
  const schemas = group.map((reason) => reference(nameOf(reason, manner)));
  const examples = group.map((reason) => [reason, { summary: WIRE[reason].title, value: exampleOf(reason, manner) }]);
  return {
    description: group.map((reason) => `\`${reason}\`: ${WIRE[reason].title}. ${ADVICE[reason]}`).join('\n\n'),
    headers: headersOf(status),
    'x-reasons': group,
    content: {
      [manner === 'oauth' ? 'application/json' : 'application/problem+json']: {
        schema: schemas.length === 1 ? schemas[0]! : { oneOf: schemas },
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** The schemas of all refusals that these operations give. */
export function refusalSchemas(operations: readonly Operation[]): readonly NamedSchema[] {
  const given = (manner: Manner) => [
    ...new Set([
      ...operations.filter(({ refusals }) => refusals === manner).flatMap(({ reasons }) => reasons),
      ...EVERYWHERE,
    ]),
  ];
  return [
    ...given('problem').map((reason) => ({
      name: nameOf(reason, 'problem'),
      schema: described(problemSchema(reason), reason),
    })),
    ...given('oauth').map((reason) => ({
      name: nameOf(reason, 'oauth'),
      schema: described(oauthErrorSchema(reason), reason),
    })),
  ];
}

const described = (schema: z.ZodType, reason: Reason) => schema.describe(`${WIRE[reason].title}. ${ADVICE[reason]}`);

function statusOf(reason: Reason, manner: Manner): number {
  return manner === 'oauth' ? oauthStatus(reason) : WIRE[reason].status;
}

/** `TtlRefusedProblem`, `TtlRefusedError`. */
function nameOf(reason: Reason, manner: Manner): string {
  const words = reason.split('_').map((word) => word[0]!.toUpperCase() + word.slice(1));
  return `${words.join('')}${manner === 'oauth' ? 'Error' : 'Problem'}`;
}

const REQUEST_ID = '01JDCM6W0000000000000000AA';

function exampleOf(reason: Reason, manner: Manner): Readonly<Record<string, unknown>> {
  const { status, title, code, retryable } = WIRE[reason];
  const usual = { reason, request_id: REQUEST_ID, retryable, ...memberExamples[reason] };
  const words = ADVICE[reason].replaceAll('`', '');
  return manner === 'oauth'
    ? { error: code, error_description: words, ...usual }
    : { type: problemType(reason), title, status, detail: words, ...usual };
}
