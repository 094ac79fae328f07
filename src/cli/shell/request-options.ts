// The options of a request for a token: the same for the service and for a policy file.
// It checks their form, and never makes a request.

import type { TokenRequest } from '../../client/client.ts';
import type { PermissionRequest } from '../../policy/decision/evaluate.ts';
import { parseDuration } from '../../policy/language/duration.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { readPermissions, separatePermissions } from './input.ts';

export const REQUEST_OPTIONS = {
  permission: { type: 'string', multiple: true },
  rule: { type: 'string' },
  instance: { type: 'string' },
  ttl: { type: 'string' },
} as const;

export const REQUEST_HELP = `--permission P        what to ask for, such as db:prod:write; for several, repeat the option or separate them by
                        spaces
  --rule NAME           ask for this rule
  --instance NAME       ask for this instance
  --ttl DURATION        ask for this lifetime, such as 15m`;

export interface RequestValues {
  readonly permission?: readonly string[] | undefined;
  readonly rule?: string | undefined;
  readonly instance?: string | undefined;
  readonly ttl?: string | undefined;
}

/** As the policy takes it. */
export function readRequest({ permission, rule, instance, ttl }: RequestValues): Parsed<PermissionRequest> {
  const permissions = readPermissions(permission ?? []);
  if (!permissions.ok) return permissions;
  const seconds = ttl === undefined ? undefined : parseDuration(ttl);
  if (seconds === null || seconds === 0) {
    return { ok: false, problem: `"${ttl}" is no ttl: write seconds, or digits with s, m, h or d, such as 15m` };
  }
  return {
    ok: true,
    value: {
      ...(permissions.value.length === 0 ? {} : { permissions: permissions.value }),
      ...(rule === undefined ? {} : { rule }),
      ...(instance === undefined ? {} : { instance }),
      ...(seconds === undefined ? {} : { ttl: seconds }),
    },
  };
}

/** As the service takes it. Checked before the request, so that a typing error does not use up a subject token. */
export function readTokenRequest(values: RequestValues): Parsed<TokenRequest> {
  const request = readRequest(values);
  if (!request.ok) return request;
  const { permission: permissions } = values;
  const { rule, instance, ttl } = request.value;
  return {
    ok: true,
    value: {
      ...(permissions === undefined ? {} : { permissions: separatePermissions(permissions) }),
      ...(rule === undefined ? {} : { rule }),
      ...(instance === undefined ? {} : { instance }),
      ...(ttl === undefined ? {} : { ttl }),
    },
  };
}
