// The use cases, put together from their parts. Every door is given this and nothing deeper.

import type { AuditKind, RecordEvent } from './audit/event.ts';
import { createRecorder, type Receipt } from './audit/recorder.ts';
import type { Settings } from './config.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createExplain, type ExplainDecision } from './explain.ts';
import type { Failure, Result } from './failure.ts';
import { createIdentify } from './identify.ts';
import { createVerifier } from './identity/verifier.ts';
import { createInfluxClient } from './influx/client.ts';
import { createMint } from './influx/mint.ts';
import type { Runtime } from './runtime.ts';
import { type AskWhoAmI, createWhoAmI } from './whoami.ts';

export interface Service {
  readonly exchange: Exchange;
  readonly explain: ExplainDecision;
  readonly whoami: AskWhoAmI;
}

export function createService(settings: Settings, record: RecordEvent, runtime: Runtime): Service {
  const { policy, keyring, adminTokens } = settings;
  const verify = createVerifier({ issuers: Object.values(policy.issuers), development: policy.development }, runtime);
  const clients = new Map(
    [...adminTokens].map(([name, tokens]) => {
      const { url } = policy.instances[name]!;
      return [name, createInfluxClient({ url, adminTokens: tokens }, runtime)] as const;
    }),
  );
  const identify = createIdentify(verify);
  const recorded = createRecorder(record, policy.digest, runtime);
  const mint = createMint({ clients, keyring, runtime });
  return {
    exchange: createExchange({ identify, policy, mint, recorded, runtime }),
    explain: createExplain({ identify, policy, recorded }),
    whoami: createWhoAmI({ identify, policy, recorded }),
  };
}

/** What stands in for the service while a setting is missing: it refuses everything, and records that. */
export function unconfigured(failure: Failure, record: RecordEvent, runtime: Runtime): Service {
  const recorded = createRecorder(record, '', runtime);
  const refuse =
    (kind: AuditKind) =>
    <T>(receipt: Receipt): Promise<Result<T>> =>
      recorded<T>(kind, receipt, async () => ({ ok: false, failure }));
  return { exchange: refuse('vend'), explain: refuse('explain'), whoami: refuse('whoami') };
}
