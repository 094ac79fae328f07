// Reads an `application/x-www-form-urlencoded` body strictly before the schema sees it: its type, its size, UTF-8. It never accepts a
// parameter twice.

import type * as z from 'zod/mini';
import { failure, type Result, success } from '../foundation/failure.ts';
import { readBounded } from '../foundation/outbound.ts';
import { schemaFailure } from '../web/json-body.ts';

/** A subject token of 16 KiB, and the same again for everything else. */
const MAX_FORM_BYTES = 32 * 1024;

export const FORM_TYPE = 'application/x-www-form-urlencoded';

type FormParameters = Readonly<Record<string, string>>;

/** The form of a route whose credential is in the form. With another one in the header, it would not be clear which of them counts. */
export async function readCredentialForm(request: Request): Promise<Result<FormParameters>> {
  if (!request.headers.has('authorization')) return readForm(request);
  return failure('request_malformed', 'Send no "Authorization" header here: the credential goes into the form.');
}

/** The parameters as they are; none may be there twice (RFC 6749 section 3.2). */
async function readForm(request: Request): Promise<Result<FormParameters>> {
  const body = await readBounded(request, MAX_FORM_BYTES).catch(() => null);
  if (body === null) return malformed('it ended early');
  if (!body.ok) {
    if (body.fault === 'not_text') return malformed('it is not UTF-8');
    return failure('body_too_large', `The form is larger than ${MAX_FORM_BYTES} bytes.`);
  }
  if (body.text !== '' && !isForm(request.headers.get('content-type'))) {
    return failure('content_type_unsupported', `Send the form as "Content-Type: ${FORM_TYPE}".`);
  }
  const pairs = [...new URLSearchParams(body.text)];
  // The replacement for bytes that are not UTF-8; no valid value contains it.
  if (pairs.flat().some((text) => text.includes('\uFFFD'))) return malformed('it is not UTF-8');
  const names = pairs.map(([name]) => name);
  if (new Set(names).size < names.length) return malformed('a parameter appears twice');
  return success(Object.fromEntries(pairs));
}

/** The parameters as the schema gives them. RFC 6749 section 3.2: one without a value counts as left out, whatever its name. */
export function checkForm<Schema extends z.ZodMiniObject>(
  parameters: FormParameters,
  schema: Schema,
): Result<z.output<Schema>> {
  const left = Object.entries(parameters).filter(([, value]) => value !== '');
  const parsed = schema.safeParse(Object.fromEntries(left));
  return parsed.success ? success(parsed.data) : schemaFailure('form', parsed.error.issues, Object.keys(schema.shape));
}

function isForm(contentType: string | null): boolean {
  return contentType !== null && contentType.split(';')[0]!.trim().toLowerCase() === FORM_TYPE;
}

function malformed(problem: string) {
  return failure('request_malformed', `The form cannot be read: ${problem}.`);
}
