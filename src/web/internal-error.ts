// A throw is a bug of ours: the operator gets its kind and place, the caller an id to quote. Neither ever gets its message, because that
// may quote input.

import { type Failure, failure } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';

export function reportFault(error: unknown, requestId: string, runtime: Pick<Runtime, 'alarm'>): Failure {
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined };
  const place = (stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => line.trim());
  runtime.alarm('internal_error', { request_id: requestId, error: name, place });
  const detail = 'This is a fault of the service. Quote the request id to its operator.';
  return failure('internal_error', detail).failure;
}
