// `/.well-known/oauth-authorization-server`: where OAuth clients find the endpoints (RFC 8414), the audience that subject tokens must have,
// and how the command signs people in. It never reveals anything else of the policy.

import { Hono } from 'hono';
import type * as z from 'zod';
import { failure } from '../foundation/failure.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv } from '../web/door.ts';
import { TOKEN_EXCHANGE } from '../web/oauth-names.ts';
import { problem } from '../web/problem.ts';
import type { metadataAnswer } from './openapi/answers.ts';

export const WELL_KNOWN = '/.well-known/oauth-authorization-server';

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
