// What a person has chosen: the fields of the form as a request that the use cases take. It is as strict as the API, and grants nothing.

import { failure, type Result, success } from '../../foundation/failure.ts';
import type { PermissionRequest } from '../../policy/decision/evaluate.ts';
import { joinTriples } from '../../policy/language/permission.ts';
import { schemaFailure } from '../../web/json-body.ts';
import { permissionRequest, vendRequest } from '../../web/vend-request.ts';

export interface Choice {
  readonly request: PermissionRequest;
  /** The same in words. */
  readonly permissions: readonly string[];
  readonly rule: string;
  readonly ttl: string;
  readonly step: 'review' | 'vend';
}

const ACTION_FIELD = /^action(\d{1,3})$/;

export function readChoice(form: URLSearchParams): Result<Choice> {
  const rule = form.get('rule') ?? '';
  const ttl = form.get('ttl') ?? '';
  const permissions = [...form.getAll('permission'), ...typedPermissions(form)];
  if (permissions.length === 0) {
    return failure('request_malformed', 'Tick what the token may do; where a name can be typed, type one too.');
  }
  const read = vendRequest().safeParse({ permissions, rule, ttl });
  if (!read.success) return schemaFailure('form', read.error.issues, Object.keys(vendRequest().shape));
  const request = permissionRequest(read.data);
  return success({
    request,
    permissions: joinTriples(request.permissions ?? []),
    rule,
    ttl,
    step: form.get('step') === 'vend' ? 'vend' : 'review',
  });
}

/** A pattern's row: actions are ticked beforehand there, and count once a name is typed. */
function typedPermissions(form: URLSearchParams): string[] {
  return [...form].flatMap(([field, action]) => {
    const [, row] = ACTION_FIELD.exec(field) ?? [];
    const name = row === undefined ? '' : (form.get(`name${row}`) ?? '').trim();
    return name === '' ? [] : [`db:${name}:${action}`];
  });
}
