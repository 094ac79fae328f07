// Tells callers who they are to this service: their verified identity and the grants that are open to them. It never makes a request to
// InfluxDB.

import type { Receipt, Recorded } from '../audit/recorder.ts';
import { type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type Claims, inexactNumbers } from '../identity/claim.ts';
import { describeCaller } from '../identity/describe.ts';
import type { Identity } from '../identity/verifier.ts';
import { knownRules, rolesOf } from '../policy/decision/candidates.ts';
import { rulesOwnedBy } from '../policy/decision/owners.ts';
import type { AllowRule, CompiledPolicy, Role } from '../policy/language/compiled.ts';
import { evaluateConditions } from '../policy/language/condition.ts';
import { formatDuration } from '../policy/language/duration.ts';
import { formatEnd, hasEnded } from '../policy/language/end.ts';
import { showEntry } from '../policy/language/entry.ts';
import { type ShownLimit, showLimit } from '../policy/language/limit.ts';
import type { Identify } from './identify.ts';
import type { CoveringSwitch, CoveringSwitches } from './switch/covering.ts';

/** Who a caller is to this service. */
export interface Who {
  readonly issuer: string;
  readonly subject: Readonly<Record<string, string>>;
  /** The identity in a few words. */
  readonly description: string;
  readonly claims: Claims;
  /** What no condition of a policy can be made of, and why. */
  readonly notes: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  readonly roles: readonly Role[];
}

export interface WhoAmI extends Who {
  /** Names of rules. */
  readonly owns: readonly string[];
  readonly grants: readonly {
    readonly rule: string;
    readonly instance: string;
    readonly permissions: readonly string[];
    readonly default_ttl: string;
    readonly max_ttl: string;
    /** When the rule ends. */
    readonly until?: string;
    /** What the rule gives at most. */
    readonly limit?: ShownLimit;
  }[];
  /** Null when that is not known at the moment. */
  readonly switched_off: readonly CoveringSwitch[] | null;
}

export type AskWhoAmI = (receipt: Receipt, subjectToken: Result<string>) => Promise<Result<WhoAmI>>;

export interface WhoAmIDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly covering: CoveringSwitches;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now'>;
}

export function createWhoAmI({ identify, policy, covering, recorded, runtime }: WhoAmIDependencies): AskWhoAmI {
  return (receipt, subjectToken) =>
    recorded('whoami', receipt, async (note) => {
      if (!subjectToken.ok) return subjectToken;
      const identity = await identify(subjectToken.value, note);
      if (!identity.ok) return identity;

      const { issuer, claims } = identity.value;
      const caller = { issuer: issuer.name, claims };
      const matching = matchingRules(policy, identity.value, runtime.now());
      const stranger = knownRules(policy, caller).isEmpty;
      return success({
        ...describeWho(policy, identity.value),
        owns: rulesOwnedBy(policy, caller)
          .slice(0, MAX_GRANTS)
          .map(({ name }) => name),
        grants: matching.slice(0, MAX_GRANTS).map((rule) => ({
          rule: rule.name,
          instance: rule.instance,
          permissions: rule.entries.map(showEntry),
          default_ttl: formatDuration(rule.ttl.default),
          max_ttl: formatDuration(rule.ttl.max),
          ...(rule.until === null ? {} : { until: formatEnd(rule.until) }),
          ...(rule.limit === null ? {} : { limit: showLimit(rule.limit) }),
        })),
        switched_off: stranger ? [] : await covering(issuer, claims, matching),
      });
    });
}

export function describeWho(policy: CompiledPolicy, { issuer, claims, subject, expiresAt }: Identity): Who {
  return {
    issuer: issuer.iss,
    subject: Object.fromEntries(subject),
    description: describeCaller(issuer, claims, subject),
    claims,
    notes: inexactNumbers(claims).slice(0, MAX_NOTES).map(noteOn),
    expiresAt,
    roles: [...rolesOf(policy, { issuer: issuer.name, claims })],
  };
}

/** The allow rules that match a caller and have not ended, in file order. @param now milliseconds since the epoch */
export function matchingRules(policy: CompiledPolicy, { issuer, claims }: Identity, now: number): readonly AllowRule[] {
  const { candidates } = knownRules(policy, { issuer: issuer.name, claims });
  return candidates.filter((rule) => !hasEnded(rule, now) && evaluateConditions(rule.when, claims) === 'yes');
}

function noteOn(claim: string): string {
  return `${claim} is a number that JSON readers round, so no condition equals it; the issuer must send it as text`;
}

/** More than a person reads; bounds the answer. */
const MAX_GRANTS = 100;
const MAX_NOTES = 20;
