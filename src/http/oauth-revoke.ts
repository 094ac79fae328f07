// `POST /oauth/revoke`: revocation (RFC 7009) by the lease or by the database token itself. Where `DELETE /v1/tokens/{name}` answers 202,
// 204 or 404, this route answers 200: it never reports that a token does not exist (section 2.2).

import { type Context, Hono } from 'hono';
import * as z from 'zod/mini';
import { failure, success } from '../foundation/failure.ts';
import type { RevokeTokenRequest } from '../service/revoke-token.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv } from '../web/door.ts';
import { described, lazySchema } from '../web/lazy-schema.ts';
import { refuseOtherMethods } from './credential-route.ts';
import { checkForm, readCredentialForm } from './form-body.ts';
import { oauthError } from './oauth-error.ts';
import { resource } from './oauth-token.ts';

export const revokeForm = lazySchema(() =>
  z.strictObject({
    token: z.string().check(z.describe('The lease, or the database token itself.')),
    token_type_hint: described(z.string(), 'Accepted but not needed, because the two cannot be confused.'),
    resource: described(
      resource(),
      'The InfluxDB instance of a database token, by its name or address; needed where there are several.',
    ),
    client_id: described(z.string(), 'Accepted, because OAuth clients always send it, and ignored.'),
  }),
);

export function oauthRevoke({ revokeToken }: Pick<Service, 'revokeToken'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.post('/', async (c) => {
    const result = await revokeToken(c.get('receipt'), await readRequest(c));
    if (result.ok || result.failure.reason === 'not_found') return answer(c, 200, undefined);
    return oauthError(c, result.failure);
  });
  refuseOtherMethods(app, 'POST', revokeToken, oauthError);
  return app;
}

async function readRequest(c: Context<DoorEnv>): Promise<RevokeTokenRequest> {
  const parameters = await readCredentialForm(c.req.raw);
  if (!parameters.ok) return parameters;
  if ((parameters.value.token ?? '') === '') {
    return failure('token_missing', 'Send the lease, or the database token, as "token" in the form.');
  }
  const form = checkForm(parameters.value, revokeForm());
  if (!form.ok) return form;
  const { token, resource } = form.value;
  return success({ token, source: c.var.receipt.source ?? 'inside', ...(resource === undefined ? {} : { resource }) });
}
