// `/v1/switches`: what stops a token from being made. It reads requests and writes answers, and never decides anything.

import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { SwitchState } from '../admission/board/board-parts.ts';
import type { Missing } from '../admission/board/spreading.ts';
import { type Result, success } from '../foundation/failure.ts';
import { parseDuration } from '../policy/language/duration.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { described, lazySchema } from '../web/lazy-schema.ts';
import { problem } from '../web/problem.ts';
import { postJson, refuseOtherMethods } from './credential-route.ts';
import type { switchAnswer } from './openapi/answers.ts';

const MAX_CLAIMS = 8;
const MAX_VALUE_LENGTH = 1_024;
const MAX_WHY_LENGTH = 300;
const MAX_NOTE_LENGTH = 1_000;
/** A year: longer is for ever, which leaving it out says. */
const LONGEST_SECONDS = 366 * 86_400;

const FOR = 'write a duration such as "2h", of at most a year, or leave it out';
const SINCE = 'write a time such as "2026-11-23T12:00:00Z"';

const name = () => z.string().check(z.regex(/^[a-z0-9-]{1,40}$/, 'write a name of the policy'));
const text = (longest: number) => z.string().check(z.trim(), z.minLength(1), z.maxLength(longest));

const target = () =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('everything') }),
    z.strictObject({ kind: z.literal('rule'), name: name() }),
    z.strictObject({ kind: z.literal('issuer'), name: name() }),
    z.strictObject({ kind: z.literal('instance'), name: name() }),
    z.strictObject({
      kind: z.literal('identity'),
      issuer: name(),
      claims: z
        .record(z.string().check(z.maxLength(200)), z.string().check(z.minLength(1), z.maxLength(MAX_VALUE_LENGTH)))
        .check(z.refine((claims) => Object.keys(claims).length <= MAX_CLAIMS, `at most ${MAX_CLAIMS} claims`)),
    }),
  ]);

export const switchRequest = lazySchema(() =>
  z.strictObject({
    target: target(),
    for: described(
      z.pipe(
        z.union([z.number(), z.string()], { error: FOR }),
        z.transform((value: number | string, { issues }): number => {
          const seconds = parseDuration(value);
          if (seconds !== null && seconds >= 1 && seconds <= LONGEST_SECONDS) return seconds;
          issues.push({ code: 'custom', message: FOR, input: value });
          return z.NEVER;
        }),
      ),
      'How long, such as "2h"; without it until somebody lifts the switch.',
    ),
    why: text(MAX_WHY_LENGTH).check(z.describe('For callers: they are told this.')),
    note: described(text(MAX_NOTE_LENGTH), 'For operators alone.'),
    dry_run: described(z.boolean(), 'Only say what would be hit.'),
    revoke: described(z.boolean(), 'Revoke the live tokens that are covered, too, once the switch is in force.'),
    since: described(
      z.string().check(z.refine((value) => !Number.isNaN(Date.parse(value)), SINCE)),
      'With `revoke` or `dry_run`: only tokens that were made since then; without it all of them. RFC 3339.',
    ),
  }),
);

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

function switchBody({ switch: one, on, inForce, revocation }: SwitchState): Shown<typeof switchAnswer> {
  return {
    id: one.id,
    target: one.target,
    level: one.level,
    why: one.why,
    ...(one.note === undefined ? {} : { note: one.note }),
    until: one.until === null ? null : new Date(one.until).toISOString(),
    set_at: new Date(one.set_at).toISOString(),
    on,
    in_force: inForce,
    revocation: revocation === null ? null : { ...revocation, unreachable: [...revocation.unreachable] },
  };
}
