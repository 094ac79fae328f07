// What the operations answer, as schemas: the types of the answers, and what the document shows. Tests check every answer of the whole suite
// against them, so the Worker never does, and never loads them before somebody asks for the document.

import * as z from 'zod';
import { TOKEN_EXCHANGE } from '../../web/oauth-names.ts';
import { switchTarget } from '../../web/problem-schema.ts';
import { permissionTexts, shownLimit, time } from '../../web/token-answer-schema.ts';

const listed = z.strictObject({
  name: z.string(),
  rule: z.string(),
  instance: z.string(),
  permissions: permissionTexts,
  created_at: time,
  expires_at: time,
  shared: z.boolean(),
  ended_at: time.optional().describe('With `ended`: when it ended.'),
  end: z
    .enum(['revoked', 'expired', 'undelivered'])
    .optional()
    .describe(
      'With `ended`: it was revoked, its time was over, or the caller was gone before the answer and it was deleted.',
    ),
  revoked_by: z
    .enum(['owner', 'operator', 'lease', 'holder'])
    .optional()
    .describe(
      "With `ended`: who revoked it: its owner, an operator, or anyone with the token's lease or the token itself.",
    ),
});

export const pageAnswer = z.strictObject({
  tokens: z.array(listed).describe('In the order of their names; with `ended`, those that ended last come first.'),
  incomplete: z
    .array(z.string())
    .describe(
      'InfluxDB instances that were asked for this page and did not answer, with `ended` gates of the trail; their tokens are missing. Empty when the list is complete.',
    ),
  cursor: z.string().nullable().describe('Pass it on for the next page; null on the last one.'),
});

const switchedOff = z
  .array(z.strictObject({ target: switchTarget, why: z.string(), until: time.nullable() }))
  .nullable()
  .describe(
    'Switches that cover the caller at the moment: no token is made. Null when the switchboard cannot be reached.',
  );

const verdict = z.enum(['yes', 'no', 'unknown']);
const VERDICT = 'Whether the claims meet it; unknown where the claims that were given do not tell.';

const explainedCondition = z.strictObject({
  claim: z.string().describe('The claim that is examined.'),
  verdict: verdict.describe(VERDICT),
  actual: z.string().describe('What the claim is.'),
  expected: z.string().optional().describe("Missing where it would reveal somebody else's id."),
});

const explainedRule = z.strictObject({
  rule: z.string().describe('Its name.'),
  effect: z
    .enum(['allow', 'deny', 'roles'])
    .describe('The effect of a match: it grants permissions, refuses them whatever else grants them, or gives roles.'),
  verdict: verdict.describe(`For all its conditions together. ${VERDICT}`),
  conditions: z.array(explainedCondition).describe('All of them must be met.'),
  instance: z.string().optional().describe('The InfluxDB instance that an allow rule grants on.'),
  max_ttl: z.string().optional().describe('The longest life of a token by an allow rule.'),
  until: time.optional().describe('From then on an allow rule grants nothing.'),
  ended: z.boolean().optional().describe('Whether that time has come; the verdict is then no.'),
  limit: shownLimit.optional().describe('What an allow rule gives at most.'),
  grants: z.array(z.string()).describe('What the rule allows, denies or gives.'),
  uncovered: permissionTexts
    .optional()
    .describe('Requested permissions that the allow rule does not cover; at most 20.'),
  denied: permissionTexts.optional().describe('Requested permissions that the deny rule refuses; at most 20.'),
});

export const explainAnswer = z.strictObject({
  outcome: z.enum(['allowed', 'refused']),
  reason: z.string().optional().describe('The reason for which the same request for a token would be refused.'),
  detail: z.string().describe('The decision in words, for people.'),
  rule: z.string().optional().describe('The rule that granted it.'),
  permissions: permissionTexts.optional(),
  rules: z.array(explainedRule).describe('Nearest first, at most 20.'),
  changes: z
    .array(z.strictObject({ of: z.enum(['caller', 'policy']), change: z.string() }))
    .describe('What would admit the caller: a change of their own situation, or one of the policy.'),
  switched_off: switchedOff,
  request_id: z.string().describe('The same as `x-request-id`; leads to the audit line.'),
});

export const whoamiAnswer = z.strictObject({
  issuer: z.string().describe("The policy's name for the issuer of the subject token."),
  subject: z.record(z.string(), z.string()).describe('The claims that identify the caller.'),
  description: z.string().describe('The identity in a few words.'),
  claims: z.record(z.string(), z.unknown()).describe('All claims of the subject token.'),
  notes: z.array(z.string()).describe('Claims that no condition of a policy can be made of, and why.'),
  expires_at: time.describe('The end of the subject token.'),
  roles: z.array(z.literal('operator')),
  owns: z.array(z.string()).describe('Rules that the caller may switch off and on, at most 100.'),
  grants: z
    .array(
      z.strictObject({
        rule: z.string(),
        instance: z.string(),
        permissions: permissionTexts,
        default_ttl: z.string(),
        max_ttl: z.string(),
        until: time.optional().describe('From then on the rule grants nothing.'),
        limit: shownLimit.optional().describe('What the rule gives at most.'),
      }),
    )
    .describe('The rules that match, at most 100.'),
  switched_off: switchedOff,
});

const status = z.enum(['ready', 'not_ready']);

export const readyAnswer = z.union([
  z.strictObject({ status }).describe('For anyone.'),
  z
    .strictObject({
      status,
      policy: z.string().describe('The digest of the policy.'),
      checks: z.array(
        z.strictObject({
          name: z.string().meta({ examples: ['instance main', 'issuer github', 'gates'] }),
          ready: z.boolean(),
          admin_token: z.string().optional().describe('The name of the admin token that the instance accepts.'),
          reason: z.string().optional().describe('Why it is not ready.'),
          warnings: z.array(z.string()).describe('What will be a problem soon.'),
        }),
      ),
    })
    .describe('For operators.'),
]);

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

export const switchAnswer = z.strictObject({
  id: z.string(),
  target: switchTarget,
  level: z
    .enum(['operator', 'owner'])
    .describe('What owners set, owners may lift; what operators set, only operators.'),
  why: z.string(),
  note: z.string().optional().describe('For operators.'),
  until: time.nullable().describe('Null: until somebody lifts it.'),
  set_at: time,
  on: z
    .boolean()
    .describe('False once it was lifted or its time is over: it is shown for its revocation, which goes on.'),
  in_force: z
    .boolean()
    .describe(
      'Whether every gate has it and nothing that it covers is under way: then InfluxDB is asked for nothing more.',
    ),
  revocation: z
    .strictObject({
      state: z.enum(['waiting', 'revoking', 'done']),
      revoked: z.number().int(),
      left: z.number().int().describe('Found, and not revoked yet.'),
      failed: z.number().int().describe('Attempts that failed; they are repeated.'),
      unreachable: z.array(z.string()).describe('Instances and gates that did not answer.'),
    })
    .nullable()
    .describe('Null when no tokens are revoked for it.'),
});

const missing = z
  .strictObject({
    gates: z.array(z.string()).describe('Gates that have not stored it.'),
    open: z.number().int().describe('Vends under way that it covers.'),
  })
  .nullable()
  .describe('What is missing before it is in force; the service goes on by itself.');

export const switchedAnswer = z.strictObject({
  switch: switchAnswer.nullable().describe('Null after a dry run.'),
  missing,
  hits: z
    .strictObject({
      rules: z.array(z.string()),
      live: z.number().int().describe('Live tokens.'),
      shared: z.number().int().describe('Of those, shared tokens, which others may hold too.'),
      incomplete: z.array(z.string()).describe('Instances and gates that did not answer.'),
    })
    .nullable()
    .describe('After a dry run: what the switch would hit.'),
});
export const switchesAnswer = z.strictObject({ switches: z.array(switchAnswer) });
export const liftedAnswer = z.strictObject({ missing });
