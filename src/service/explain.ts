// Explains a decision to any caller: the same verification and the same policy as a vend. Operators may ask about claims that are not their
// own. It never mints anything.

import { cut, describeRule } from '../audit/event.ts';
import type { Receipt, Recorded } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Claims } from '../identity/claim.ts';
import { knownRules, viewerOf } from '../policy/decision/candidates.ts';
import { evaluate, type PermissionRequest } from '../policy/decision/evaluate.ts';
import { type Explanation, explain } from '../policy/decision/explain.ts';
import { strangerRefusal } from '../policy/decision/refusal.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';
import { joinTriples } from '../policy/language/permission.ts';
import type { Identify } from './identify.ts';
import type { CoveringSwitch, CoveringSwitches } from './switch/covering.ts';

export type ExplainRequest = Result<{
  readonly subjectToken: string;
  readonly request: PermissionRequest;
  /** Somebody else's claims, as their issuer's entry would vouch for them. */
  readonly about?: { readonly issuer: string; readonly claims: Claims };
}>;

/** The decision is the policy's; a switch stops what it allows. */
export interface ExplainedWithSwitches extends Explanation {
  /** Null when that is not known at the moment. */
  readonly switched_off: readonly CoveringSwitch[] | null;
}

export type ExplainDecision = (receipt: Receipt, read: ExplainRequest) => Promise<Result<ExplainedWithSwitches>>;

export interface ExplainDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly covering: CoveringSwitches;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now'>;
}

export function createExplain(dependencies: ExplainDependencies): ExplainDecision {
  const { identify, policy, covering, recorded, runtime } = dependencies;
  return (receipt, read) =>
    recorded('explain', receipt, async (note) => {
      if (!read.ok) return read;
      const { subjectToken, request, about } = read.value;
      const identity = await identify(subjectToken, note);
      if (!identity.ok) return identity;

      if (request.permissions !== undefined) note({ permissions_asked: joinTriples(request.permissions).map(cut) });

      const self = { issuer: identity.value.issuer.name, claims: identity.value.claims };
      const viewer = viewerOf(policy, self);
      if (about !== undefined && knownRules(policy, self).isEmpty) {
        return { ok: false, failure: strangerRefusal(identity.value.issuer, self) };
      }
      if (about !== undefined && viewer !== 'operator') {
        return failure('operator_required', 'Only operators may ask about claims that are not their own.');
      }
      if (about !== undefined && !Object.hasOwn(policy.issuers, about.issuer)) {
        return failure('request_malformed', `There is no issuer entry "${about.issuer}".`);
      }
      const caller = about ?? self;
      const now = runtime.now();
      const evaluation = evaluate(policy, caller, request, now, viewer);
      const { result, rule } = evaluation;
      note({ decision: result.ok ? 'allowed' : result.failure.reason });
      if (about !== undefined) note({ about_issuer: about.issuer, ...(rule === null ? {} : { rule: rule.name }) });
      else if (rule !== null) note(describeRule(rule, self.claims));
      const explanation = explain(policy, caller, request, now, viewer, evaluation);
      const known = knownRules(policy, caller);
      const rules = result.ok ? [result.value.rule] : known.candidates;
      const off = known.isEmpty ? [] : await covering(policy.issuers[caller.issuer]!, caller.claims, rules);
      return success({ ...explanation, switched_off: off });
    });
}
