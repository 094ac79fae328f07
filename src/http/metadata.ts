// `/.well-known/oauth-authorization-server`: where OAuth clients find the endpoints (RFC 8414), the audience that subject tokens must have,
// and how the command signs people in. It never reveals anything else of the policy.

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
  logins: z
    .array(
      z.strictObject({
        issuer: z.string().describe('Where people sign in.'),
        client_id: z.string().describe('A public client for programs on their machines.'),
        scope: z.string().optional().describe("What to ask for. Missing: the program's own choice."),
        audience: z.string().optional().describe('The audience of the access token to ask for.'),
        token: z.enum(['id', 'access']).describe('Which token this service is to be shown.'),
      }),
    )
    .optional()
    .describe('How "influx-sts login" signs people in. Missing where the policy does not say.'),
});

export function metadata({ audience, logins }: Pick<Service, 'audience' | 'logins'>): Hono<DoorEnv> {
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
      ...(logins.length === 0
        ? {}
        : { logins: logins.map(({ clientId, ...login }) => ({ ...login, client_id: clientId })) }),
    };
    return answer(c, 200, body);
  });
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}
