// `/.well-known/oauth-authorization-server`: where OAuth clients find the endpoints (RFC 8414), and the audience that subject tokens must
// have. It never reveals anything else of the policy.

import { Hono } from 'hono';
import * as z from 'zod';
import { failure } from '../foundation/failure.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { TOKEN_EXCHANGE } from './oauth-token.ts';

export const WELL_KNOWN = '/.well-known/oauth-authorization-server';

const address = z.string().meta({ format: 'uri' });
/** Clients do not authenticate here: the subject token says who the caller is. */
const NO_CLIENT_AUTHENTICATION = z.array(z.literal('none'));

export const metadataAnswer = z.strictObject({
  issuer: address.describe('The address that was called.'),
  token_endpoint: address,
  revocation_endpoint: address,
  grant_types_supported: z.array(z.literal(TOKEN_EXCHANGE)),
  token_endpoint_auth_methods_supported: NO_CLIENT_AUTHENTICATION,
  revocation_endpoint_auth_methods_supported: NO_CLIENT_AUTHENTICATION,
  response_types_supported: z.array(z.string()).max(0).describe('There is no authorization endpoint.'),
  service_documentation: address,
  audience: z
    .string()
    .optional()
    .describe('The audience to ask an issuer for. Missing where each issuer has one of its own.'),
});

export function metadata({ audience }: Pick<Service, 'audience'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', (c) => {
    if (!audience.ok) return problem(c, audience.failure);
    const { origin } = new URL(c.req.url);
    const body: z.input<typeof metadataAnswer> = {
      issuer: origin,
      token_endpoint: `${origin}/oauth/token`,
      revocation_endpoint: `${origin}/oauth/revoke`,
      grant_types_supported: [TOKEN_EXCHANGE],
      token_endpoint_auth_methods_supported: ['none'],
      revocation_endpoint_auth_methods_supported: ['none'],
      response_types_supported: [],
      service_documentation: `${origin}/docs`,
      ...(audience.value === null ? {} : { audience: audience.value }),
    };
    return answer(c, 200, body);
  });
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}
