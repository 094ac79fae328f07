// THE LINE: verify -> decide -> mint -> record. Every door of the service calls this one function. It records exactly one event for each
// call, allowed or refused. Single use is claimed after the decision and before the mint or the shared token. It knows nothing of HTTP.

import { cut, describeRule } from '../audit/event.ts';
import type { Receipt, Recorded } from '../audit/recorder.ts';
import type { Result } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { ReplayGuard } from '../identity/replay-guard.ts';
import type { DatabaseToken, Mint } from '../influx/mint.ts';
import type { Sharing } from '../influx/sharing.ts';
import { decide } from '../policy/decision/decide.ts';
import type { PermissionRequest } from '../policy/decision/evaluate.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';
import { joinTriples } from '../policy/language/permission.ts';
import type { Identify } from './identify.ts';

/** The request that a door has read; or the fault in it, which is recorded like any other refusal. */
export type ExchangeRequest = Result<{ readonly subjectToken: string; readonly request: PermissionRequest }>;

export type Exchange = (receipt: Receipt, read: ExchangeRequest) => Promise<Result<DatabaseToken>>;

export interface ExchangeDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly mint: Mint;
  readonly sharing: Sharing;
  readonly replayGuard: ReplayGuard;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now'>;
}

export function createExchange({
  identify,
  policy,
  mint,
  sharing,
  replayGuard,
  recorded,
  runtime,
}: ExchangeDependencies): Exchange {
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
      if (!grant.ok) return grant;

      const claim = identity.value.issuer.singleUse ? await replayGuard.claim(identity.value) : null;
      if (claim !== null && !claim.ok) return claim;

      const { name, result } = await (grant.value.share ? sharing.obtain(grant.value) : mint.own(grant.value));
      note({ instance: grant.value.instance.name, ...(name === null ? {} : { token_name: name }) });
      if (result.ok) note({ permissions_given: result.value.permissions, expires_at: result.value.expiresAt });
      else if (claim !== null) await replayGuard.release(claim.value);
      return result;
    });
}
