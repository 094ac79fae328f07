// The use cases, put together from their parts. Every door is given this and nothing deeper.

import type { RecordEvent } from './audit/event.ts';
import type { Settings } from './config.ts';
import { createExchange, type Exchange } from './exchange.ts';
import type { Failure } from './failure.ts';
import { createVerifier } from './identity/verifier.ts';
import { createInfluxClient } from './influx/client.ts';
import { createMint } from './influx/mint.ts';
import type { Runtime } from './runtime.ts';

export interface Service {
  readonly exchange: Exchange;
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
  const mint = createMint({ clients, keyring, runtime });
  return { exchange: createExchange({ verify, policy, mint, record, runtime }) };
}

/** What stands in for the service while a setting is missing: it refuses everything, and records that. */
export function unconfigured(failure: Failure, record: RecordEvent, runtime: Runtime): Service {
  return {
    exchange: async ({ id, receivedAt }) => {
      const time = new Date(receivedAt).toISOString();
      const duration = runtime.now() - receivedAt;
      record({ kind: 'vend', id, time, outcome: 'refused', reason: failure.reason, policy: '', duration_ms: duration });
      return { ok: false, failure };
    },
  };
}
