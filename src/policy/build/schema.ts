// The grammar of `policy.yaml`, as one schema: every key the language knows, and no other. What the keys mean together is checked
// by `compile.ts`. No I/O.

import * as z from 'zod';
import { PRESET_NAMES } from '../../identity/presets.ts';
import { IGNORABLE_PARAMETERS } from '../../identity/token.ts';
import { ALGORITHMS, type Algorithm } from '../../identity/trusted-issuer.ts';
import { UNPRINTABLE } from '../language/condition.ts';
import { parseDuration } from '../language/duration.ts';
import { NO_INSTANT, parseInstant } from '../language/instant.ts';

const name = z.string().regex(/^[a-z0-9-]{1,40}$/, 'a name is 1 to 40 of a-z, 0-9 and "-"');
const EMPTY_LIST = 'the list is empty';
const text = z.string().min(1, 'it must not be empty').max(1024, 'it is longer than 1024 characters');

/** A name, or a JSON pointer whose escapes are sound (RFC 6901 section 3). */
export function isClaimAddress(address: string): boolean {
  return !address.startsWith('/') || !/~(?![01])/.test(address);
}
export const NO_POINTER = 'it is no JSON pointer: "~" stands before 0 or 1';
const claim = text.refine(isClaimAddress, NO_POINTER);

/** Whole seconds after parsing; at least one. */
const duration = z
  .union([z.number(), z.string()], { error: 'a duration is seconds, or digits with s, m, h or d, such as 15m' })
  .transform((value, context) => {
    const seconds = parseDuration(value);
    if (seconds !== null && Number.isSafeInteger(seconds)) return seconds;
    context.addIssue({ code: 'custom', message: 'a duration is seconds, or digits with s, m, h or d, such as 15m' });
    return z.NEVER;
  });
const lifetime = duration.refine((seconds) => seconds >= 1, 'it must be at least 1s');

/** InfluxDB keeps an expiry in nanoseconds of 64 bits; one that overflows there is a token that never ends. */
const MAX_LIFETIME = 365 * 86_400;
const ceiling = lifetime.refine((seconds) => seconds <= MAX_LIFETIME, 'it must be at most 365d');

/** Longer than laws ask of records; beyond that it is a slip. */
const MAX_KEEP = 3_650 * 86_400;
const retention = lifetime.refine((seconds) => seconds <= MAX_KEEP, 'it must be at most 3650d');

/** Seconds since the epoch after parsing. */
const instant = z.string().transform((text, context) => {
  const seconds = parseInstant(text);
  if (seconds !== null) return seconds;
  context.addIssue({ code: 'custom', message: NO_INSTANT });
  return z.NEVER;
});

/** Each vend in the window and each live token is a row of its own, in one object. */
const MAX_COUNT = 100_000;
const count = z.int().min(1, 'it must be at least 1').max(MAX_COUNT, `it must be at most ${MAX_COUNT}`);
/** The window slides, so all that lies in it is remembered one by one. */
const MAX_WINDOW = 86_400;
const window = lifetime.refine((seconds) => seconds <= MAX_WINDOW, 'it must be at most 24h');

const oneOrMore = (one: z.ZodString) =>
  z.union([one, z.array(one).min(1, EMPTY_LIST)]).transform((value) => (typeof value === 'string' ? [value] : value));

const scalar = z.union([z.string(), z.number().int('a number is whole, and one that JSON holds exactly'), z.boolean()]);
const like = z.strictObject({
  like: text
    .max(256)
    .refine((pattern) => !pattern.includes('***'), 'a pattern knows * and ** only')
    .refine((pattern) => !UNPRINTABLE.test(pattern), 'nothing that is matched holds an unprintable character'),
});
const value = z.union([scalar, like]);
const values = z.array(value).min(1, EMPTY_LIST);
const contains = z.strictObject({ contains: z.union([value, values]) });
const oneWord = text.regex(/^[^ ]*$/, 'a word holds no space');
const word = z.strictObject({ word: z.union([oneWord, z.array(oneWord).min(1, EMPTY_LIST)]) });
const not = z.strictObject({ not: z.union([value, values, contains, word]) });
const exists = z.strictObject({ exists: z.boolean() });
const condition = z.union([value, values, contains, word, not, exists], {
  error:
    'a condition is text, an integer, true or false, a list of those, or one of { like: }, { contains: }, { word: }, { not: }, { exists: }',
});

/** RFC 9864 calls EdDSA on the only curve that we take `Ed25519`. */
const algorithm = z
  .enum([...ALGORITHMS, 'Ed25519'])
  .transform((name): Algorithm => (name === 'Ed25519' ? 'EdDSA' : name));

/** Where it is read, the policy's author could otherwise send a secret of the service's own, or a server's, to the issuer. */
const clientSecret = z.string().regex(/^(?!STS_|INFLUXDB3_)[A-Z][A-Z0-9_]*$/, {
  error: ({ input }) =>
    /^(STS|INFLUXDB3)_/.test(String(input))
      ? 'it is a secret that no issuer is to see'
      : 'it is the name of a secret, such as LOGIN_CLIENT_SECRET, and not its value',
});

const cliLogin = z.strictObject({
  client_id: text,
  scope: text.optional(),
  audience: text.optional(),
  token: z.enum(['id', 'access']).optional(),
});
const pageLogin = cliLogin.extend({ client_secret: clientSecret.optional() });
const login = z.strictObject({ cli: cliLogin.optional(), page: pageLogin.optional() });

const issuer = z.strictObject({
  preset: z.enum(PRESET_NAMES).optional(),
  issuer: text.optional(),
  team: text.optional(),
  shared: z.boolean().optional(),
  pins: z.array(claim).min(1).optional(),
  audience: oneOrMore(text).optional(),
  multiple_audiences: z.boolean().optional(),
  algorithms: z.array(algorithm).min(1).optional(),
  typ: text.optional(),
  ignore_header: z.array(z.enum(IGNORABLE_PARAMETERS)).min(1, EMPTY_LIST).optional(),
  jwks_uri: text.optional(),
  jwks: z.looseObject({ keys: z.array(z.looseObject({})).min(1) }).optional(),
  jwks_hosts: z.array(text).optional(),
  subject: z.array(oneOrMore(claim)).min(1).optional(),
  always_present: z.array(claim).optional(),
  clock_skew: duration.refine((seconds) => seconds <= 300, 'it must be at most 300s').optional(),
  max_token_age: lifetime.optional(),
  max_lifetime: lifetime.optional(),
  single_use: z.boolean().optional(),
  bound_tokens: z.enum(['refuse', 'as_bearer']).optional(),
  login: login.optional(),
});

const secretName = z.string().regex(/^INFLUXDB3_[A-Z0-9_]+$/, {
  error: ({ input }) =>
    String(input).startsWith('apiv3_')
      ? 'this looks like a token itself: put it into a secret, name that here, and replace the token'
      : 'it is the name of a secret that begins with INFLUXDB3_',
});

/** Where it is read, the policy's author could otherwise name a secret of the service's own. */
const headerSecret = z.string().regex(/^(?!STS_)[A-Z][A-Z0-9_]*$/, {
  error: ({ input }) =>
    String(input).startsWith('STS_')
      ? "it is a secret of the service's own, which no server is to see"
      : 'it is the name of a secret, such as INFLUXDB3_ACCESS_CLIENT_ID, and not its value',
});

const instance = z.strictObject({
  url: text,
  public_url: text.optional(),
  admin_token: secretName,
  admin_token_next: secretName.optional(),
  headers: z.record(z.string(), headerSecret).optional(),
  sync_interval: duration.optional(),
});

const permissions = z.array(text).min(1, EMPTY_LIST);

const limit = z.strictObject({
  vends: count.optional(),
  per: window.optional(),
  live: count.optional(),
  of: z.enum(['rule', 'caller']).optional(),
});

const when = z.record(text, condition);
const owners = z.strictObject({ issuer: z.string(), when });

const rule = z.strictObject({
  name,
  issuer: z.string(),
  instance: z.string().optional(),
  when,
  allow: permissions.optional(),
  deny: permissions.optional(),
  roles: z
    .array(z.enum(['operator']))
    .min(1)
    .optional(),
  ttl: z
    .union([lifetime, z.strictObject({ default: lifetime, max: lifetime })], {
      error: 'a ttl is a duration such as 15m, or { default: 15m, max: 1h }',
    })
    .optional(),
  within_subject_token: z.boolean().optional(),
  share: z.boolean().optional(),
  until: instant.optional(),
  limit: limit.optional(),
  owners: owners.optional(),
});

const test = z.strictObject({
  name: text,
  issuer: z.string(),
  claims: z.record(z.string(), z.unknown()),
  request: permissions.optional(),
  rule: z.string().optional(),
  ttl: duration.optional(),
  at: instant.optional(),
  expect: z.union([z.string(), z.strictObject({ denied: z.string() })]),
});

const staticToken = z.strictObject({ permissions, expires: ceiling });

const preconfigured = z.strictObject({
  create_databases: z.array(text).min(1, EMPTY_LIST).optional(),
  tokens: z.record(name, staticToken).optional(),
});

const auditExport = z.strictObject({ instance: z.string(), database: text });
const audit = z.strictObject({ keep: retention.optional(), export: auditExport.optional() });

export const policySchema = z.strictObject({
  audience: text.optional(),
  max_ttl: ceiling.optional(),
  audit: audit.optional(),
  issuers: z.record(name, issuer),
  instances: z.record(name, instance),
  preconfigured: z.record(z.string(), preconfigured).optional(),
  rules: z.array(rule),
  tests: z.array(test).optional(),
});

export type PolicyFile = z.output<typeof policySchema>;
export type IssuerEntry = z.output<typeof issuer>;
export type LoginEntry = z.output<typeof login>;
export type InstanceEntry = z.output<typeof instance>;
export type PreconfiguredEntry = z.output<typeof preconfigured>;
export type LimitEntry = z.output<typeof limit>;
export type RuleEntry = z.output<typeof rule>;
export type ConditionEntry = z.output<typeof condition>;

/** Where the file holds keys of ours; `*` is any name, or a place in a list. */
const OBJECTS: readonly (readonly [way: readonly string[], object: z.ZodObject])[] = [
  [[], policySchema],
  [['audit'], audit],
  [['audit', 'export'], auditExport],
  [['issuers', '*'], issuer],
  [['issuers', '*', 'login'], login],
  [['issuers', '*', 'login', 'cli'], cliLogin],
  [['issuers', '*', 'login', 'page'], pageLogin],
  [['instances', '*'], instance],
  [['preconfigured', '*'], preconfigured],
  [['preconfigured', '*', 'tokens', '*'], staticToken],
  [['rules', '*'], rule],
  [['rules', '*', 'limit'], limit],
  [['rules', '*', 'owners'], owners],
  [['tests', '*'], test],
];

/** The keys known at a path of the file, to suggest one for a misspelt key; null where any key goes. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] | null {
  const fits = (way: readonly string[]) =>
    way.length === path.length && way.every((key, at) => key === '*' || key === path[at]);
  const object = OBJECTS.find(([way]) => fits(way))?.[1];
  return object === undefined ? null : Object.keys(object.shape);
}
