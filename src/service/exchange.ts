// THE LINE: verify -> decide -> admit -> mint -> record. Every door of the service calls this one function. It records exactly one event
// for each call, allowed or refused. From the admission on, the vend goes on to its end even when the caller has gone away. It knows nothing
// of HTTP.

import type { Admission, Admitted } from '../admission/admission.ts';
import type { LimitLeft, Limits } from '../admission/limit/limits.ts';
import { createRefusals } from '../admission/refusals.ts';
import { claimOf } from '../admission/single-use.ts';
import { cut, describeRule } from '../audit/event.ts';
import type { Note, Receipt, Recorded } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Identity } from '../identity/verifier.ts';
import { factsOf } from '../influx/facts.ts';
import type { DatabaseToken, Mint } from '../influx/mint.ts';
import type { Sharing } from '../influx/sharing.ts';
import { knownRules } from '../policy/decision/candidates.ts';
import { decide } from '../policy/decision/decide.ts';
import type { PermissionRequest } from '../policy/decision/evaluate.ts';
import type { CompiledPolicy, Rule } from '../policy/language/compiled.ts';
import { joinTriples } from '../policy/language/permission.ts';
import type { Identify } from './identify.ts';
import { personalOf } from './personal.ts';

/** The request that a door has read; or the fault in it, which is recorded like any other refusal. */
export type ExchangeRequest = Result<{ readonly subjectToken: string; readonly request: PermissionRequest }>;

/** A token as it is handed out, with what the rule's limit still gives. */
export interface Vended extends DatabaseToken {
  /** Null where the rule has no limit. */
  readonly limit: LimitLeft | null;
}

export type Exchange = (receipt: Receipt, read: ExchangeRequest) => Promise<Result<Vended>>;

export interface ExchangeDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly admission: Admission;
  readonly limits: Limits;
  readonly mint: Mint;
  readonly sharing: Sharing;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now' | 'waitUntil'>;
}

export function createExchange({
  identify,
  policy,
  admission,
  limits,
  mint,
  sharing,
  recorded,
  runtime,
}: ExchangeDependencies): Exchange {
  const refusals = createRefusals(admission, runtime);

  /** Only of callers known to a rule: strangers reach no gate. */
  function noteRefusal(identity: Identity, rule: Rule | null, requestId: string, reason: string): void {
    const issuer = identity.issuer.name;
    if (knownRules(policy, { issuer, claims: identity.claims }).isEmpty) return;
    const facts = {
      kind: 'refusal',
      actor: 'caller',
      request_id: requestId,
      issuer,
      ...(rule === null ? {} : { rule: rule.name }),
      policy: policy.digest,
    } as const;
    refusals.note({ requestId, reason, facts, personal: personalOf(identity, rule) });
  }

  /** What nobody will hold is deleted, and its slot ends once that is certain. Its admission has been settled. */
  async function discard(admitted: Admitted): Promise<void> {
    if (await mint.discard(admitted)) await limits.free(admitted.grant.rule, [admitted.id]);
  }

  /**
   * Asks the rule's limit, then mints or fetches what was admitted, and settles both. A caller who is not there to receive it gets nothing,
   * and leaves nothing behind.
   */
  async function vend(admitted: Admitted, note: Note, isGone: () => boolean): Promise<Result<Vended>> {
    if (isGone()) {
      await admission.settle(admitted, { outcome: 'abandoned' });
      return nobodyThere();
    }
    const slot = await limits.take(admitted);
    if (!slot.ok) {
      await admission.settle(admitted, { outcome: 'failed', reason: slot.failure.reason });
      return slot;
    }
    const { share } = admitted.grant;
    if (!share) note({ token_name: admitted.id });
    const { result, leftover } = share
      ? { ...(await sharing.obtain(admitted, policy.digest)), leftover: false }
      : await mint.own(admitted);
    if (!result.ok) {
      const settled = admission.settle(admitted, { outcome: 'failed', reason: result.failure.reason });
      // INVARIANT: a slot is given back only when no token can have been made; one that may have been still counts.
      await Promise.all([settled, leftover ? null : limits.giveBack(admitted)]);
      if (leftover) runtime.waitUntil(discard(admitted));
      return result;
    }
    if (isGone()) {
      await admission.settle(admitted, { outcome: 'undelivered' });
      runtime.waitUntil(share ? limits.giveBack(admitted) : discard(admitted));
      return nobodyThere();
    }
    const { expiresAt, name } = result.value;
    const made = { outcome: 'made', expires_at: expiresAt, ...(share ? { token_name: name } : {}) } as const;
    admission.settleSoon(admitted, made);
    runtime.waitUntil(limits.made(admitted));
    return success({ ...result.value, limit: slot.value });
  }

  return (receipt, read) =>
    recorded('vend', receipt, async (note) => {
      if (!read.ok) return read;
      const { subjectToken, request } = read.value;

      const identity = await identify(subjectToken, note);
      if (!identity.ok) return identity;
      // Only now: before verification a forger could write into the log.
      if (request.permissions !== undefined) note({ permissions_asked: joinTriples(request.permissions).map(cut) });

      const { result: grant, rule } = decide(policy, identity.value, request, runtime.now());
      if (rule !== null) note(describeRule(rule, identity.value.claims));
      if (!grant.ok) {
        noteRefusal(identity.value, rule, receipt.id, grant.failure.reason);
        return grant;
      }

      const { share, instance } = grant.value;
      const facts = factsOf(share ? 'hand_out' : 'vend', grant.value, policy.digest, runtime.now());
      const admitted = await admission.admit({
        id: share ? receipt.id : await mint.nameOwn(grant.value),
        grant: grant.value,
        claim: await claimOf(identity.value),
        facts: { ...facts, request_id: receipt.id, issuer: identity.value.issuer.name },
        personal: personalOf(identity.value, rule),
      });
      if (!admitted.ok) {
        noteRefusal(identity.value, rule, receipt.id, admitted.failure.reason);
        return admitted;
      }

      note({ instance: instance.name });
      const vending = vend(admitted.value, note, receipt.isGone ?? (() => false));
      runtime.waitUntil(vending);
      const result = await vending;
      if (result.ok) {
        const { name, permissions, expiresAt } = result.value;
        note({ token_name: name, permissions_given: permissions, expires_at: expiresAt });
      }
      return result;
    });
}

/** Nobody reads this. */
function nobodyThere() {
  return failure('request_malformed', 'The caller went away before the answer.');
}
