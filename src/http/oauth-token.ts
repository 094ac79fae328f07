// `POST /oauth/token`: token exchange (RFC 8693) for standard OAuth clients. It is a form in front of the same exchange that `POST
// /v1/tokens` calls, and never decides anything.

import { type Context, Hono } from 'hono';
import * as z from 'zod/mini';
import { failure, success } from '../foundation/failure.ts';
import type { PermissionRequest } from '../policy/decision/evaluate.ts';
import type { ExchangeRequest } from '../service/exchange.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv } from '../web/door.ts';
import { described, lazySchema } from '../web/lazy-schema.ts';
import { ACCESS_TOKEN, TOKEN_EXCHANGE } from '../web/oauth-names.ts';
import { oauthTokenBody } from '../web/token-answer.ts';
import { name, permissions, ttlText } from '../web/vend-request.ts';
import { refuseOtherMethods } from './credential-route.ts';
import { checkForm, readCredentialForm } from './form-body.ts';
import { oauthError } from './oauth-error.ts';

/** RFC 8693 section 3: a subject token is a JWT of an OIDC issuer, under any of its three names. */
const SUBJECT_TOKEN_TYPES = ['id_token', 'jwt', 'access_token'].map(
  (type) => `urn:ietf:params:oauth:token-type:${type}`,
);

/** The addresses of a policy are shorter. */
const MAX_RESOURCE_LENGTH = 1024;
export const resource = () =>
  z.string().check(z.maxLength(MAX_RESOURCE_LENGTH), z.describe('The InfluxDB instance, by its name or its address.'));

const scope = () =>
  z.pipe(
    z.pipe(
      z.string(),
      z.transform((text: string) => text.split(' ')),
    ),
    permissions(),
  );

export const tokenForm = lazySchema(() =>
  z.strictObject({
    grant_type: z.literal(TOKEN_EXCHANGE),
    subject_token: z.string().check(z.describe('The OIDC token.')),
    subject_token_type: z.enum(SUBJECT_TOKEN_TYPES),
    requested_token_type: z.optional(z.literal(ACCESS_TOKEN)),
    scope: described(
      scope(),
      'Permissions, separated by single spaces. Without it: what the one rule that matches grants.',
    ),
    resource: z.optional(resource()),
    audience: described(
      z.string().check(z.maxLength(MAX_RESOURCE_LENGTH)),
      'This service, by its audience or its address, or the InfluxDB instance, as `resource` names it.',
    ),
    rule: described(name(), 'The rule to be granted by.'),
    ttl: described(ttlText(), 'Seconds, or digits with s, m, h or d.'),
    client_id: described(z.string(), 'Accepted, because OAuth clients always send it, and ignored.'),
  }),
);

type TokenForm = z.output<ReturnType<typeof tokenForm>>;

export function oauthToken({ exchange, audience }: Pick<Service, 'exchange' | 'audience'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.post('/', async (c) => {
    const read = await readRequest(c, audience.ok ? audience.value : null);
    const result = await exchange(c.get('receipt'), read);
    if (result.ok) return answer(c, 200, oauthTokenBody(result.value));
    return oauthError(
      c,
      result.failure,
      {},
      result.failure === WRONG_GRANT.failure ? 'unsupported_grant_type' : undefined,
    );
  });
  refuseOtherMethods(app, 'POST', exchange, oauthError);
  return app;
}

/** RFC 6749 section 5.2 has a separate code for this fault. */
const WRONG_GRANT = failure('request_malformed', `This endpoint knows one grant_type, ${TOKEN_EXCHANGE}.`);

/** @param own the audience that subject tokens must have, where there is one for all issuers. */
async function readRequest(c: Context<DoorEnv>, own: string | null): Promise<ExchangeRequest> {
  const parameters = await readCredentialForm(c.req.raw);
  if (!parameters.ok) return parameters;
  const { grant_type: grantType = '', subject_token: text = '' } = parameters.value;
  const subjectToken = text.trim();
  if (grantType !== '' && grantType !== TOKEN_EXCHANGE) return WRONG_GRANT;
  if (subjectToken === '') return failure('token_missing', 'Send the subject token as "subject_token" in the form.');
  const form = checkForm(parameters.value, tokenForm());
  if (!form.ok) return form;
  const names = [own, new URL(c.req.url).origin];
  return success({ subjectToken, request: permissionRequest(form.value, names) });
}

/** @param own what this service is called: an audience that names it narrows nothing (RFC 8693 section 2.1). */
function permissionRequest(
  { scope, ttl, rule, resource, audience }: TokenForm,
  own: readonly (string | null)[],
): PermissionRequest {
  const isOwn = audience !== undefined && (own.includes(audience) || own.includes(audience.replace(/\/$/, '')));
  return {
    ...(scope === undefined ? {} : { permissions: scope }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(rule === undefined ? {} : { rule }),
    ...(resource === undefined ? {} : { resource }),
    ...(audience === undefined || isOwn ? {} : { audience }),
  };
}
