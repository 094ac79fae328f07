// `/v1/switches`: what stops a token from being made. It reads requests and writes answers, and never decides anything.

import { Hono } from 'hono';
import * as z from 'zod';
import type { SwitchState } from '../admission/board-parts.ts';
import type { Missing } from '../admission/spreading.ts';
import { type Result, success } from '../foundation/failure.ts';
import { parseDuration } from '../policy/language/duration.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { switchTarget } from '../web/problem-schema.ts';
import { time } from '../web/token-answer.ts';
import { postJson, refuseOtherMethods } from './credential-route.ts';

const MAX_CLAIMS = 8;
const MAX_VALUE_LENGTH = 1_024;
const MAX_WHY_LENGTH = 300;
const MAX_NOTE_LENGTH = 1_000;
/** A year: longer is for ever, which leaving it out says. */
const LONGEST_SECONDS = 366 * 86_400;

const name = z.string().regex(/^[a-z0-9-]{1,40}$/, 'write a name of the policy');
const FOR = 'write a duration such as "2h", of at most a year, or leave it out';

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everything') }),
  z.strictObject({ kind: z.literal('rule'), name }),
  z.strictObject({ kind: z.literal('issuer'), name }),
  z.strictObject({ kind: z.literal('instance'), name }),
  z.strictObject({
    kind: z.literal('identity'),
    issuer: name,
    claims: z
      .record(z.string().max(200), z.string().min(1).max(MAX_VALUE_LENGTH))
      .refine((claims) => Object.keys(claims).length <= MAX_CLAIMS, `at most ${MAX_CLAIMS} claims`),
  }),
]);

export const switchRequest = z.strictObject({
  target,
  for: z
    .union([z.number(), z.string()], { error: FOR })
    .transform((value, context): number => {
      const seconds = parseDuration(value);
      if (seconds !== null && seconds >= 1 && seconds <= LONGEST_SECONDS) return seconds;
      context.addIssue({ code: 'custom', message: FOR });
      return z.NEVER;
    })
    .optional()
    .describe('How long, such as "2h"; without it until somebody lifts the switch.'),
  why: z.string().trim().min(1).max(MAX_WHY_LENGTH).describe('For callers: they are told this.'),
  note: z.string().trim().min(1).max(MAX_NOTE_LENGTH).optional().describe('For operators alone.'),
  dry_run: z.boolean().optional().describe('Only say what would be hit.'),
  revoke: z.boolean().optional().describe('Revoke the live tokens that are covered, too, once the switch is in force.'),
  since: time
    .optional()
    .describe('With `revoke` or `dry_run`: only tokens that were made since then; without it all of them.'),
});

const shownSwitch = z.strictObject({
  id: z.string(),
  target: switchTarget,
  level: z
    .enum(['operator', 'owner'])
    .describe('What owners set, owners may lift; what operators set, only operators.'),
  why: z.string(),
  note: z.string().optional().describe('For operators.'),
  until: time.nullable().describe('Null: until somebody lifts it.'),
  set_at: time,
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
      unreachable: z.array(z.string()).describe('Instances that did not answer.'),
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
  switch: shownSwitch.nullable().describe('Null after a dry run.'),
  missing,
  hits: z
    .strictObject({
      rules: z.array(z.string()),
      live: z.number().int().describe('Live tokens.'),
      shared: z.number().int().describe('Of those, shared tokens, which others may hold too.'),
      incomplete: z.array(z.string()).describe('Instances that did not answer.'),
    })
    .nullable()
    .describe('After a dry run: what the switch would hit.'),
});
export const switchAnswer = shownSwitch;
export const switchesAnswer = z.strictObject({ switches: z.array(shownSwitch) });
export const liftedAnswer = z.strictObject({ missing });

export function switches({ switches: useCases }: Pick<Service, 'switches'>): Hono<DoorEnv> {
  const app = postJson({
    schema: switchRequest,
    useCase: useCases.off,
    read: (subjectToken, { target: named, for: seconds, why, note, dry_run, revoke, since }) => ({
      subjectToken,
      target: named,
      for: seconds ?? null,
      why,
      ...(note === undefined ? {} : { note }),
      dryRun: dry_run === true,
      revokeSince: revoke === true || dry_run === true ? (since === undefined ? 0 : Date.parse(since)) : null,
    }),
    answer: (c, switched) => {
      const none = { switch: null, missing: null, hits: null };
      if (switched.kind === 'dry_run') return answer(c, 200, { ...none, hits: switched.hits });
      const body = { ...none, switch: switchBody(switched.state), missing: missingBody(switched.missing) };
      return answer(c, switched.missing === null ? 200 : 202, body);
    },
  });
  app.get('/', async (c) => {
    const bearer = readBearer(c);
    const result = await useCases.list(c.var.receipt, bearer.ok ? success({ subjectToken: bearer.value }) : bearer);
    return result.ok ? answer(c, 200, { switches: result.value.map(switchBody) }) : problem(c, result.failure);
  });
  refuseOtherMethods(app, 'GET, POST', useCases.off);

  const one = new Hono<DoorEnv>();
  const byId = (bearer: Result<string>, id: string) =>
    bearer.ok ? success({ subjectToken: bearer.value, id }) : bearer;
  one.get('/', async (c) => {
    const result = await useCases.show(c.var.receipt, byId(readBearer(c), c.req.param('id' as never) ?? ''));
    return result.ok ? answer(c, 200, switchBody(result.value)) : problem(c, result.failure);
  });
  one.delete('/', async (c) => {
    const result = await useCases.on(c.var.receipt, byId(readBearer(c), c.req.param('id' as never) ?? ''));
    if (!result.ok) return problem(c, result.failure);
    const left = result.value.missing;
    return answer(c, left === null ? 200 : 202, { missing: missingBody(left) });
  });
  refuseOtherMethods(one, 'DELETE, GET', useCases.on);
  app.route('/:id', one);
  return app;
}

const missingBody = (left: Missing | null) => (left === null ? null : { gates: [...left.gates], open: left.open });

function switchBody({ switch: one, inForce, revocation }: SwitchState): z.input<typeof shownSwitch> {
  return {
    id: one.id,
    target: one.target,
    level: one.level,
    why: one.why,
    ...(one.note === undefined ? {} : { note: one.note }),
    until: one.until === null ? null : new Date(one.until).toISOString(),
    set_at: new Date(one.set_at).toISOString(),
    in_force: inForce,
    revocation: revocation === null ? null : { ...revocation, unreachable: [...revocation.unreachable] },
  };
}
