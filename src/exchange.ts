// THE LINE: verify -> decide -> mint -> record. Every door of the service calls this one function, and it records exactly one event
// for each call, allowed or refused. It knows nothing of HTTP.

import { type AuditEvent, cut, describeIdentity, describeRule, type RecordEvent } from './audit/event.ts';
import type { Result } from './failure.ts';
import { claimedIssuer } from './identity/token.ts';
import type { Verify } from './identity/verifier.ts';
import type { DatabaseToken, Mint } from './influx/mint.ts';
import type { CompiledPolicy } from './policy/compiled.ts';
import { decide } from './policy/decide.ts';
import type { PermissionRequest } from './policy/evaluate.ts';
import { joinTriples } from './policy/permission.ts';
import type { Runtime } from './runtime.ts';

export interface ExchangeRequest {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** What a door has read; or what was wrong with it, which is recorded like any other refusal. */
  readonly read: Result<{ readonly subjectToken: string; readonly request: PermissionRequest }>;
}

export type Exchange = (request: ExchangeRequest) => Promise<Result<DatabaseToken>>;

export interface ExchangeDependencies {
  readonly verify: Verify;
  readonly policy: CompiledPolicy;
  readonly mint: Mint;
  readonly record: RecordEvent;
  readonly runtime: Runtime;
}

export function createExchange({ verify, policy, mint, record, runtime }: ExchangeDependencies): Exchange {
  return async ({ id, receivedAt, read }) => {
    const facts: Partial<Mutable<AuditEvent>> = {};
    const result = await line();
    record({
      kind: 'vend',
      id,
      time: new Date(receivedAt).toISOString(),
      outcome: result.ok ? 'allowed' : 'refused',
      ...(result.ok ? {} : { reason: result.failure.reason }),
      ...facts,
      policy: policy.digest,
      duration_ms: runtime.now() - receivedAt,
    });
    return result;

    async function line(): Promise<Result<DatabaseToken>> {
      if (!read.ok) return read;
      const { subjectToken, request } = read.value;
      if (request.permissions !== undefined) facts.permissions_asked = joinTriples(request.permissions).map(cut);

      const identity = await verify(subjectToken);
      if (!identity.ok) {
        const claimed = claimedIssuer(subjectToken);
        if (claimed !== null) facts.claimed_issuer = cut(claimed);
        return identity;
      }
      Object.assign(facts, describeIdentity(identity.value));

      const { result: grant, rule } = decide(policy, identity.value, request, runtime.now());
      if (rule !== null) Object.assign(facts, describeRule(rule, identity.value.claims));
      if (!grant.ok) return grant;

      facts.instance = grant.value.instance.name;
      const minted = await mint(grant.value);
      facts.token_name = minted.name;
      if (minted.result.ok) {
        facts.permissions_given = minted.result.value.permissions;
        facts.expires_at = minted.result.value.expiresAt;
      }
      return minted.result;
    }
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
