// What a vend answers, as schemas: the types of the answers, and what the API's document shows. No answer is checked against them before it is
// sent, so the line never loads them.

import * as z from 'zod';
import { ACCESS_TOKEN } from './oauth-names.ts';

export const limitOf = z
  .enum(['rule', 'caller'])
  .describe('Whether that is for all callers of the rule together, or for each.');

/** RFC 3339, in UTC. */
export const time = z.string().meta({ format: 'date-time' });
export const permissionTexts = z.array(z.string().meta({ examples: ['db:ci_metrics:write'] }));

/** A limit as the policy says it. */
export const shownLimit = z.strictObject({
  vends: z.int().optional().describe('So many tokens in the time `per`.'),
  per: z
    .string()
    .optional()
    .meta({ examples: ['1h'] }),
  live: z.int().optional().describe('So many tokens that live at the same time.'),
  of: limitOf,
});

const left = z.int().min(0).describe('How many more.');

const limitLeft = z.strictObject({
  vends: z
    .strictObject({ left, per: z.int().min(1).describe('Seconds.') })
    .optional()
    .describe('Tokens that may still be made in this time.'),
  live: z.strictObject({ left }).optional().describe('Tokens that may still live at the same time.'),
});

/** The fields of every door, besides the token and its permissions, which have other names in OAuth. */
const particulars = {
  lease: z
    .string()
    .nullable()
    .describe('The capability to revoke exactly this token and nothing else; null for a shared token.'),
  name: z.string().describe("The token's name in InfluxDB."),
  expires_in: z.int().min(0).describe('Seconds until it expires.'),
  rule: z.string().describe('The rule that granted it.'),
  instance: z.string().describe('The InfluxDB instance that accepts it.'),
  url: z.string().describe('The address of that instance.'),
  shared: z.boolean().describe('Whether others hold the same token.'),
  usable_after: time
    .nullable()
    .describe('When every node of a cluster knows the token; until then one may answer 401. Null for a single node.'),
  limit: limitLeft.optional().describe('What the limit of the rule still gives; missing where it has none.'),
};

export const tokenAnswer = z.strictObject({
  token: z.string().describe('The database token. Send it to InfluxDB as "Authorization: Bearer <token>".'),
  permissions: permissionTexts.describe('What it may do.'),
  expires_at: time.describe("When it expires, by InfluxDB's clock."),
  ...particulars,
});

/** RFC 8693 section 2.2.1. Without `expires_at`: OAuth libraries, such as Authlib, keep seconds under that name and fail on a text. */
export const oauthTokenAnswer = z.strictObject({
  access_token: z.string().describe('The database token.'),
  issued_token_type: z.literal(ACCESS_TOKEN),
  token_type: z.literal('Bearer'),
  scope: z.string().describe('What it may do: permissions, separated by spaces.'),
  ...particulars,
});
