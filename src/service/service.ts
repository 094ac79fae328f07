// The use cases, put together from their parts.
// The doors get this, and never anything deeper.

import { type Admission, createAdmission } from '../admission/admission.ts';
import type { SwitchboardStub } from '../admission/board-parts.ts';
import type { Gate } from '../admission/gate.ts';
import type { Withdrawal } from '../admission/mass-revoke.ts';
import type { AuditKind, RecordEvent } from '../audit/event.ts';
import { createRecorder, type Receipt } from '../audit/recorder.ts';
import type { Settings } from '../config.ts';
import { type Failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { createVerifier } from '../identity/verifier.ts';
import { createInfluxClient, type InfluxClient } from '../influx/client.ts';
import type { PendingDeletions } from '../influx/deletion.ts';
import { createMint } from '../influx/mint.ts';
import type { SharedToken } from '../influx/shared-token.ts';
import { createSharing } from '../influx/sharing.ts';
import { createCoveringSwitches } from './covering.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createExplain, type ExplainDecision } from './explain.ts';
import { createIdentify } from './identify.ts';
import { createList, type List } from './list.ts';
import { createIsOperator, type IsOperator } from './operator.ts';
import { type CheckReadiness, createReadiness } from './readiness.ts';
import { createRevoke, type Revoke } from './revoke.ts';
import { createRevokeToken, type RateLimiter, type RevokeToken } from './revoke-token.ts';
import { createSweep, type Sweep } from './sweep.ts';
import { createSwitches, type Switches } from './switches.ts';
import { type AskWhoAmI, createWhoAmI } from './whoami.ts';
import { createWithdrawal } from './withdrawal.ts';

export interface Service {
  readonly exchange: Exchange;
  readonly revoke: Revoke;
  readonly revokeToken: RevokeToken;
  readonly list: List;
  readonly explain: ExplainDecision;
  readonly whoami: AskWhoAmI;
  readonly sweep: Sweep;
  readonly readiness: CheckReadiness;
  readonly isOperator: IsOperator;
  readonly switches: Switches;
  /** What callers ask their issuers for; null where each issuer has an audience of its own. */
  readonly audience: Result<string | null>;
}

/** The state between requests, wherever the platform keeps it. */
export interface Stores {
  /** By its digit, 0 to f. */
  readonly gates: (digit: string) => Gate;
  readonly board: SwitchboardStub;
  /** By the owner slot of its name. */
  readonly sharedTokens: (owner: string) => SharedToken;
  readonly deletions: PendingDeletions;
  /** How often database tokens were revoked without a lease, by source address. */
  readonly revocations: RateLimiter;
}

/** One client of InfluxDB for each instance, with that instance's admin tokens. */
export function createClients(settings: Settings, runtime: Runtime): ReadonlyMap<string, InfluxClient> {
  const neverMade = [...settings.adminTokens.values()].flat();
  return new Map(
    [...settings.adminTokens].map(([instance, adminTokens]) => {
      const { url } = settings.policy.instances[instance]!;
      const headers = settings.headers.get(instance) ?? {};
      return [instance, createInfluxClient({ instance, url, adminTokens, neverMade, headers }, runtime)] as const;
    }),
  );
}

/** The admission of a program that mints: the Worker, and each store of shared tokens. */
export function createServiceAdmission(
  { policy }: Settings,
  { gates }: Pick<Stores, 'gates'>,
  runtime: Runtime,
): Admission {
  return createAdmission({ gates, keep: policy.audit.keep, runtime });
}

/** What ends tokens in numbers: the Worker counts them, and the switchboard deletes them. */
export function createServiceWithdrawal(
  settings: Settings,
  { gates, sharedTokens }: Pick<Stores, 'gates' | 'sharedTokens'>,
  runtime: Runtime,
): Withdrawal {
  const clients = createClients(settings, runtime);
  const sharing = createSharing(sharedTokens, runtime);
  return createWithdrawal({ policy: settings.policy, clients, keyring: settings.keyring, gates, sharing, runtime });
}

export function createService(settings: Settings, stores: Stores, record: RecordEvent, runtime: Runtime): Service {
  const { policy, keyring } = settings;
  const clients = createClients(settings, runtime);
  const pending = stores.deletions;
  const recorded = createRecorder(record, policy.digest, runtime);
  const issuers = Object.values(policy.issuers);
  const { verify, keysReady } = createVerifier({ issuers, development: policy.development }, runtime);
  const identify = createIdentify(verify);
  const admission = createServiceAdmission(settings, stores, runtime);
  const sharing = createSharing(stores.sharedTokens, runtime);
  const mint = createMint({ clients, keyring, pending, runtime });
  const covering = createCoveringSwitches(stores.board, runtime);
  const deletion = { policy, clients, admission, keyring, sharing, pending, recorded, runtime };
  return {
    exchange: createExchange({ identify, policy, admission, mint, sharing, recorded, runtime }),
    revoke: createRevoke({ ...deletion, identify }),
    revokeToken: createRevokeToken({ ...deletion, headers: settings.headers, limiter: stores.revocations }),
    list: createList({ identify, policy, clients, keyring, recorded, runtime }),
    explain: createExplain({ identify, policy, covering, recorded, runtime }),
    whoami: createWhoAmI({ identify, policy, covering, recorded, runtime }),
    sweep: createSweep({ policy, clients, keyring, recorded, runtime }),
    readiness: createReadiness({ policy, clients, unusable: settings.unusable, keysReady, runtime }),
    isOperator: createIsOperator({ identify, policy, recorded }),
    switches: createSwitches({
      identify,
      policy,
      board: stores.board,
      withdrawal: createServiceWithdrawal(settings, stores, runtime),
      admission,
      recorded,
      runtime,
    }),
    audience: success(policy.audience),
  };
}

/** The service while a setting is missing: it refuses everything, and records that. */
export function unconfigured(failure: Failure, record: RecordEvent, runtime: Runtime): Service {
  const recorded = createRecorder(record, '', runtime);
  const refuse =
    (kind: AuditKind) =>
    <T>(receipt: Receipt): Promise<Result<T>> =>
      recorded<T>(kind, receipt, async () => ({ ok: false, failure }));
  return {
    exchange: refuse('vend'),
    revoke: refuse('revoke'),
    revokeToken: refuse('revoke'),
    list: refuse('list'),
    explain: refuse('explain'),
    whoami: refuse('whoami'),
    sweep: refuse('sweep'),
    readiness: async () => ({ ready: false, policy: '', checks: [] }),
    isOperator: async () => false,
    switches: { off: refuse('switch'), on: refuse('switch'), list: refuse('switch'), show: refuse('switch') },
    audience: { ok: false, failure },
  };
}
