// THE LINE: verify -> decide -> admit -> mint -> record. Every door of the service calls this one function. It records exactly one event
// for each call, allowed or refused. From the admission on, the vend goes on to its end even when the caller has gone away. It knows nothing
// of HTTP.

import type { Admission, Admitted } from '../admission/admission.ts';
import { createRefusals } from '../admission/refusals.ts';
import { claimOf } from '../admission/single-use.ts';
import { cut, describeRule } from '../audit/event.ts';
import type { Receipt, Recorded } from '../audit/recorder.ts';
import { failure, type Result } from '../foundation/failure.ts';
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

export type Exchange = (receipt: Receipt, read: ExchangeRequest) => Promise<Result<DatabaseToken>>;

export interface ExchangeDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly admission: Admission;
  readonly mint: Mint;
  readonly sharing: Sharing;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now' | 'waitUntil'>;
}

export function createExchange({
  identify,
  policy,
  admission,
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

  /** Mints or fetches what was admitted, and settles it. A caller who is not there to receive it gets nothing, and leaves nothing behind. */
  async function vend(admitted: Admitted, isGone: () => boolean): Promise<Result<DatabaseToken>> {
    if (isGone()) {
      await admission.settle(admitted, { outcome: 'abandoned' });
      return nobodyThere();
    }
    const { share } = admitted.grant;
    const { result, leftover } = share
      ? { ...(await sharing.obtain(admitted, policy.digest)), leftover: false }
      : await mint.own(admitted);
    if (!result.ok) {
      await admission.settle(admitted, { outcome: 'failed', reason: result.failure.reason });
      if (leftover) runtime.waitUntil(mint.discard(admitted));
      return result;
    }
    if (isGone()) {
      await admission.settle(admitted, { outcome: 'undelivered' });
      if (!share) runtime.waitUntil(mint.discard(admitted));
      return nobodyThere();
    }
    const { expiresAt, name } = result.value;
    const made = { outcome: 'made', expires_at: expiresAt, ...(share ? { token_name: name } : {}) } as const;
    runtime.waitUntil(admission.settle(admitted, made));
    return result;
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

      const vending = vend(admitted.value, receipt.isGone ?? (() => false));
      runtime.waitUntil(vending);
      const result = await vending;
      note({ instance: instance.name });
      if (result.ok) {
        const { name, permissions, expiresAt } = result.value;
        note({ token_name: name, permissions_given: permissions, expires_at: expiresAt });
      } else if (!share) note({ token_name: admitted.value.id });
      return result;
    });
}

/** Nobody reads this. */
function nobodyThere() {
  return failure('request_malformed', 'The caller went away before the answer.');
}
