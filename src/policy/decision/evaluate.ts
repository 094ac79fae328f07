// The decision, on plain data: what the policy says of a caller with these claims who asks for these permissions. Used by the service
// for verified identities, and by policy tests and explanations for claims that nobody has verified. No I/O, no clock.

import type { Failure, Result } from '../../foundation/failure.ts';
import { success } from '../../foundation/failure.ts';
import type { Claims } from '../../identity/claim.ts';
import type { AllowRule, CompiledPolicy, DenyRule, Rule } from '../language/compiled.ts';
import { evaluateConditions } from '../language/condition.ts';
import { hasEnded } from '../language/end.ts';
import { concreteTriples, covers, intersects } from '../language/entry.ts';
import { canonicalTriples, mixesWildcard, type Triple } from '../language/permission.ts';
import { instancesMeantBy } from '../language/resource.ts';
import { type Caller, denyCandidates, type KnownRules, knownRules, type Viewer, viewerOf } from './candidates.ts';
import { type NearestRule, nearestRule } from './nearest.ts';
import {
  ambiguousRequest,
  deniedRefusal,
  strangerRefusal,
  ttlRefusal,
  uncoveredRefusal,
  unexpandableRefusal,
  unknownInstance,
  unknownRule,
  unmatchedRefusal,
  wildcardConflict,
} from './refusal.ts';

export interface PermissionRequest {
  /** Canonical and not empty; absent for "what my rule gives". */
  readonly permissions?: readonly Triple[];
  /** Seconds, at least 1; may be Infinity. */
  readonly ttl?: number;
  readonly rule?: string;
  /** By its name. */
  readonly instance?: string;
  /** Instead of `instance`: one by its name or address, as OAuth clients have it. */
  readonly resource?: string;
  /** As `resource`; where both are given, both must mean the same instance. */
  readonly audience?: string;
}

/** What the policy allows: one rule, one instance, one list of permissions. */
export interface Allowance {
  readonly rule: AllowRule;
  readonly permissions: readonly Triple[];
  /** Seconds. */
  readonly ttl: number;
}

export interface Evaluation {
  readonly result: Result<Allowance>;
  /** The rule whose conditions settled the verdict, or came nearest to it: whose claims the audit keeps. */
  readonly rule: Rule | null;
}

/** How many known rules are searched for what was meant: enough for people, bounded for tables of any size. */
export const NEAREST_OF = 256;

/**
 * `now` in milliseconds since the epoch; `viewer` is who reads the words of a refusal: the caller, unless somebody asks about them.
 */
export function evaluate(
  policy: CompiledPolicy,
  caller: Caller,
  request: PermissionRequest,
  now: number,
  viewer?: Viewer,
): Evaluation {
  const known = knownRules(policy, caller);
  if (known.isEmpty) return refuse(strangerRefusal(policy.issuers[caller.issuer]!, caller));

  const narrowing = narrow(policy, known, request);
  if (!narrowing.ok) return refuse(narrowing.failure);
  const { candidates, searchable } = narrowing.value;
  const matching = candidates.filter(
    (rule) => !hasEnded(rule, now) && evaluateConditions(rule.when, caller.claims) === 'yes',
  );
  const reader = () => viewer ?? viewerOf(policy, caller);
  const nearest = (permissions: readonly Triple[]) =>
    nearestRule(searchable(), caller.claims, permissions, now, reader());

  if (request.permissions !== undefined && mixesWildcard(request.permissions)) return refuse(wildcardConflict());
  if (request.permissions === undefined && matching.length === 0) return refuseUnmatched(nearest([]));
  const wanted =
    request.permissions === undefined ? ownPermissions(matching, caller.claims) : success(request.permissions);
  if (!wanted.ok) return refuse(wanted.failure);
  const permissions = wanted.value;

  const denial = findDenial(policy, caller, permissions);
  if (denial !== null) return refuse(deniedRefusal(denial.rule, denial.triple, caller, reader()), denial.rule);

  const granting = matching.filter((rule) => coversAll(rule, permissions, caller.claims));
  const [rule] = granting;
  if (rule === undefined) {
    const miss = nearest(permissions);
    if (matching.length === 0) return refuseUnmatched(miss);
    const covering = miss !== null && coversAll(miss.rule, permissions, caller.claims) ? miss : null;
    return refuse(uncoveredRefusal(matching, permissions, caller, covering), matching[0]!);
  }

  const ttl = request.ttl ?? rule.ttl.default;
  if (!ttlFits(rule, ttl)) {
    return refuse(
      ttlRefusal(
        rule,
        ttl,
        granting.find((other) => ttlFits(other, ttl)),
      ),
      rule,
    );
  }
  return { result: success({ rule, permissions, ttl }), rule };
}

function refuse(failure: Failure, rule: Rule | null = null): Evaluation {
  return { result: { ok: false, failure }, rule };
}

function refuseUnmatched(nearest: NearestRule | null): Evaluation {
  return refuse(unmatchedRefusal(nearest), nearest?.rule ?? null);
}

interface Narrowing {
  /** Rules that can match, in file order. */
  readonly candidates: readonly AllowRule[];
  /** Rules to search for the nearest miss. */
  readonly searchable: () => readonly AllowRule[];
}

/** A named rule or instance narrows the rules a caller is known to, and never widens anything. */
function narrow(policy: CompiledPolicy, known: KnownRules, request: PermissionRequest): Result<Narrowing> {
  const instances = wantedInstances(policy, request);
  // The words of a refusal repeat what was asked: a name beside an address would tell which belongs to which.
  const asked = () =>
    [request.instance, request.resource, request.audience].filter((one) => one !== undefined).join('" and "');
  const fitsInstance = (rule: AllowRule) => instances === null || instances.includes(rule.instance);
  if (request.rule !== undefined) {
    const rule = known.named(request.rule);
    if (rule === undefined) return { ok: false, failure: unknownRule(request.rule, known.some(NEAREST_OF)) };
    if (!fitsInstance(rule)) return { ok: false, failure: unknownInstance(asked(), [rule.instance]) };
    return success({ candidates: [rule], searchable: () => [rule] });
  }
  if (instances !== null && !instances.some(known.hasInstance)) {
    const open = known.some(NEAREST_OF).map(({ instance }) => instance);
    return { ok: false, failure: unknownInstance(asked(), open) };
  }
  return success({
    candidates: known.candidates.filter(fitsInstance),
    searchable: () => known.some(NEAREST_OF).filter(fitsInstance),
  });
}

/** Null when the request names none. */
function wantedInstances(policy: CompiledPolicy, request: PermissionRequest): readonly string[] | null {
  if (request.instance !== undefined) return [request.instance];
  const named = [request.resource, request.audience].filter((one) => one !== undefined);
  if (named.length === 0) return null;
  return named
    .map((one) => instancesMeantBy(policy, one))
    .reduce((meant, others) => meant.filter((instance) => others.includes(instance)));
}

/** What a request that names no permissions gets: the list of the one rule that matches, if it is concrete. */
function ownPermissions(matching: readonly AllowRule[], claims: Claims): Result<readonly Triple[]> {
  const [rule] = matching;
  if (rule === undefined || matching.length > 1) return { ok: false, failure: ambiguousRequest(matching) };
  const triples: Triple[] = [];
  for (const entry of rule.entries) {
    const concrete = concreteTriples(entry, claims);
    if (concrete === null) {
      const unfit = entry.name.kind === 'template';
      return {
        ok: false,
        failure: unfit ? unexpandableRefusal(rule, { issuer: rule.issuer, claims }) : ambiguousRequest([rule]),
      };
    }
    triples.push(...concrete);
  }
  return success(canonicalTriples(triples));
}

function findDenial(
  policy: CompiledPolicy,
  caller: Caller,
  permissions: readonly Triple[],
): { readonly rule: DenyRule; readonly triple: Triple } | null {
  for (const rule of denyCandidates(policy, caller)) {
    if (evaluateConditions(rule.when, caller.claims) === 'no') continue;
    const triple = permissions.find((one) => rule.entries.some((entry) => intersects(entry, one, caller.claims)));
    if (triple !== undefined) return { rule, triple };
  }
  return null;
}

/** One rule's own entries together: there is no union over rules. */
export function coversAll(rule: AllowRule, permissions: readonly Triple[], claims: Claims): boolean {
  return permissions.every((triple) => rule.entries.some((entry) => covers(entry, triple, claims)));
}

function ttlFits(rule: AllowRule, ttl: number): boolean {
  return rule.share ? ttl === rule.ttl.max : ttl <= rule.ttl.max;
}
