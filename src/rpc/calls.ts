// What other Workers of the account can call: the same exchange and the same revocation as over HTTP, with the same schemas, and plain data
// as the answer. It never decides anything and never throws.

import * as z from 'zod/mini';
import type { Receipt } from '../audit/recorder.ts';
import { type Failure, failure, type Result, success } from '../foundation/failure.ts';
import { parseJson } from '../foundation/json.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { createUlid } from '../foundation/ulid.ts';
import { looksLikeLease } from '../influx/lease.ts';
import type { Service } from '../service/service.ts';
import { reportFault } from '../web/internal-error.ts';
import { schemaFailure } from '../web/json-body.ts';
import { lazySchema } from '../web/lazy-schema.ts';
import { type ProblemBody, problemBody } from '../web/problem.ts';
import { tokenBody } from '../web/token-answer.ts';
import type { tokenAnswer } from '../web/token-answer-schema.ts';
import { permissionRequest, vendRequest } from '../web/vend-request.ts';

/** The fields of `POST /v1/tokens`, with the credential beside them. */
const exchangeCall = lazySchema(() => z.extend(vendRequest(), { subjectToken: z.optional(z.string()) }));
/** By the lease only: a database token is for InfluxDB, and should not pass through further Workers. */
const revokeCall = lazySchema(() =>
  z.strictObject({ lease: z.string().check(z.refine(looksLikeLease, 'a lease begins with "stsl_"')) }),
);

/** For callers in TypeScript; the values that arrive are checked all the same. */
export type ExchangeInput = z.input<ReturnType<typeof exchangeCall>>;
export type RevokeInput = z.input<ReturnType<typeof revokeCall>>;

export interface Refused {
  readonly ok: false;
  readonly request_id: string;
  readonly problem: ProblemBody;
}
export type Exchanged =
  | { readonly ok: true; readonly request_id: string; readonly token: z.infer<typeof tokenAnswer> }
  | Refused;
/** `pending`: a node of the cluster has not heard of the token yet, and the revocation is repeated. */
export type Withdrawn = { readonly ok: true; readonly request_id: string; readonly pending: boolean } | Refused;

export interface Calls {
  readonly exchange: (input: unknown) => Promise<Exchanged>;
  readonly revoke: (input: unknown) => Promise<Withdrawn>;
}

export function createCalls(
  { exchange, revokeToken }: Pick<Service, 'exchange' | 'revokeToken'>,
  runtime: Runtime,
): Calls {
  return {
    exchange: (input) =>
      answer(async (receipt) => {
        const result = await exchange(receipt, readExchange(input));
        return result.ok ? success({ token: tokenBody(result.value) }) : result;
      }),
    revoke: (input) =>
      answer(async (receipt) => {
        const read = check(input, revokeCall());
        const lease = read.ok ? success({ token: read.value.lease, source: 'a service binding' }) : read;
        const result = await revokeToken(receipt, lease);
        return result.ok ? success({ pending: result.value === 'pending' }) : result;
      }),
  };

  async function answer<T extends object>(attempt: (receipt: Receipt) => Promise<Result<T>>) {
    const receipt = { id: createUlid(runtime), receivedAt: runtime.now() };
    const refuse = (failure: Failure): Refused => ({
      ok: false,
      request_id: receipt.id,
      problem: plain(problemBody(failure, receipt.id)),
    });
    try {
      const result = await attempt(receipt);
      if (!result.ok) return refuse(result.failure);
      return { ok: true as const, request_id: receipt.id, ...result.value };
    } catch (error) {
      return refuse(reportFault(error, receipt.id, runtime));
    }
  }
}

/** What the wire would hold: a claim's number in digits of its own (`WrittenNumber`) does not pass from Worker to Worker. */
function plain(body: ProblemBody): ProblemBody {
  const json = parseJson(JSON.stringify(body));
  return json.ok ? (json.value as ProblemBody) : body;
}

function readExchange(input: unknown) {
  const read = check(input, exchangeCall());
  if (!read.ok) return read;
  const { subjectToken, ...request } = read.value;
  if (subjectToken === undefined) return failure('token_missing', 'Pass the subject token as "subjectToken".');
  return success({ subjectToken, request: permissionRequest(request) });
}

function check<Schema extends z.ZodMiniObject>(input: unknown, schema: Schema): Result<z.output<Schema>> {
  const parsed = schema.safeParse(input);
  return parsed.success ? success(parsed.data) : schemaFailure('body', parsed.error.issues, Object.keys(schema.shape));
}
