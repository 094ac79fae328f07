// The use cases, put together from their parts.
// The doors get this, and never anything deeper.

import { type Admission, createAdmission } from '../admission/admission.ts';
import type { SwitchboardStub } from '../admission/board/board-parts.ts';
import type { Withdrawal } from '../admission/board/mass-revoke.ts';
import type { Gate } from '../admission/gate/gate.ts';
import type { LimitCounter } from '../admission/limit/limit.ts';
import { createLimits, type Limits } from '../admission/limit/limits.ts';
import { createRefusals } from '../admission/refusals.ts';
import { createTrailReader } from '../admission/trail-reader.ts';
import type { AuditKind, RecordEvent } from '../audit/event.ts';
import { createRecorder, type Receipt } from '../audit/recorder.ts';
import type { Settings } from '../config.ts';
import { type Failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Login } from '../identity/trusted-issuer.ts';
import { createVerifier } from '../identity/verifier.ts';
import { createInfluxClient, type InfluxClient, UPSTREAM_TIMEOUT_MS } from '../influx/client.ts';
import type { PendingDeletions } from '../influx/deletion.ts';
import { createMint } from '../influx/mint.ts';
import type { SharedToken } from '../influx/shared-token.ts';
import { createSharing } from '../influx/sharing.ts';
import { allowRuleNamed } from '../policy/language/compiled.ts';
import { createAuditEvents, type ReadAuditEvents, type ShowAuditRequest } from './audit-events.ts';
import { createEnded } from './ended.ts';
import { createEntrance, type Entrance } from './entrance.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createExplain, type ExplainDecision } from './explain.ts';
import { createFloods, withSources } from './flood.ts';
import { createIdentify } from './identify.ts';
import { createKeySight, type NoteKeys } from './key-sight.ts';
import { createList, type List } from './list.ts';
import { createOffer, type MakeOffer } from './offer.ts';
import { createIsOperator, type IsOperator } from './operator.ts';
import { type CheckReadiness, createReadiness } from './readiness.ts';
import { createRevoke, type Revoke } from './revoke.ts';
import { createRevokeToken, type RateLimiter, type RevokeToken } from './revoke-token.ts';
import { createSweep, type Sweep } from './sweep.ts';
import { createCoveringSwitches } from './switch/covering.ts';
import { createSwitches, type Switches } from './switch/switches.ts';
import { createWithdrawal } from './switch/withdrawal.ts';
import { type AskUsage, createUsage } from './usage.ts';
import { type AskWhoAmI, createWhoAmI } from './whoami.ts';

export interface Service {
  readonly exchange: Exchange;
  readonly revoke: Revoke;
  readonly revokeToken: RevokeToken;
  readonly list: List;
  readonly explain: ExplainDecision;
  readonly whoami: AskWhoAmI;
  readonly offer: MakeOffer;
  readonly usage: AskUsage;
  readonly sweep: Sweep;
  readonly noteKeys: NoteKeys;
  readonly readAuditEvents: ReadAuditEvents;
  readonly showAuditRequest: ShowAuditRequest;
  readonly readiness: CheckReadiness;
  readonly isOperator: IsOperator;
  readonly switches: Switches;
  /** What callers ask their issuers for; null where each issuer has an audience of its own. */
  readonly audience: Result<string | null>;
  /** With what programs on people's machines sign them in; anyone may know. */
  readonly logins: readonly (Login & { readonly issuer: string })[];
  /** The ways in to the page. */
  readonly entrance: Result<Entrance>;
}

/** The state between requests, wherever the platform keeps it. */
export interface Stores {
  /** By its digit, 0 to f. */
  readonly gates: (digit: string) => Gate;
  readonly board: SwitchboardStub;
  /** By the rule's name. */
  readonly limits: (rule: string) => LimitCounter;
  /** By the owner slot of its name. */
  readonly sharedTokens: (owner: string) => SharedToken;
  readonly deletions: PendingDeletions;
  /** How often database tokens were revoked without a lease, by source address. */
  readonly revocations: RateLimiter;
  /** How often each address has asked for anything. */
  readonly sources: RateLimiter;
  /** How often each caller has. */
  readonly identities: RateLimiter;
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
  { gates, limits: counters, sharedTokens }: Pick<Stores, 'gates' | 'limits' | 'sharedTokens'>,
  runtime: Runtime,
): Withdrawal {
  const { policy, keyring } = settings;
  const clients = createClients(settings, runtime);
  const sharing = createSharing(sharedTokens, runtime);
  const limits = createServiceLimits(settings, { limits: counters }, runtime);
  return createWithdrawal({ policy, clients, keyring, gates, limits, sharing, runtime });
}

function createServiceLimits(
  { policy }: Settings,
  { limits: counters }: Pick<Stores, 'limits'>,
  runtime: Runtime,
): Limits {
  const limitOf = (rule: string) => allowRuleNamed(policy, rule)?.limit ?? null;
  return createLimits({ counters, limitOf, createWithin: UPSTREAM_TIMEOUT_MS, runtime });
}

export function createService(settings: Settings, stores: Stores, record: RecordEvent, runtime: Runtime): Service {
  const { policy, keyring } = settings;
  const clients = createClients(settings, runtime);
  const pending = stores.deletions;
  const floods = createFloods({ sources: stores.sources, identities: stores.identities, runtime });
  const recorded = withSources(createRecorder(record, policy.digest, runtime), floods);
  const issuers = Object.values(policy.issuers);
  const { verify, keysReady } = createVerifier({ issuers, development: policy.development }, runtime);
  const identify = createIdentify(verify, floods.byIdentity);
  const admission = createServiceAdmission(settings, stores, runtime);
  const sharing = createSharing(stores.sharedTokens, runtime);
  const mint = createMint({ clients, keyring, pending, runtime });
  const covering = createCoveringSwitches(stores.board, runtime);
  const trail = createTrailReader({ gates: stores.gates, runtime });
  const reads = createRefusals(admission, runtime);
  const limits = createServiceLimits(settings, stores, runtime);
  const deletion = { policy, clients, admission, limits, keyring, sharing, pending, recorded, runtime };
  return {
    exchange: createExchange({ identify, policy, admission, limits, mint, sharing, recorded, runtime }),
    revoke: createRevoke({ ...deletion, identify }),
    revokeToken: createRevokeToken({ ...deletion, headers: settings.headers, limiter: stores.revocations }),
    list: createList({
      identify,
      policy,
      clients,
      listEnded: createEnded({ trail, keyring, runtime }),
      keyring,
      recorded,
      runtime,
    }),
    explain: createExplain({ identify, policy, covering, recorded, runtime }),
    whoami: createWhoAmI({ identify, policy, covering, recorded, runtime }),
    offer: createOffer({ identify, policy, clients, board: stores.board, recorded, runtime }),
    usage: createUsage({ identify, policy, trail, recorded }),
    sweep: createSweep({ policy, clients, keyring, admission, limits, recorded, runtime }),
    noteKeys: createKeySight({ keyring, admission }),
    ...createAuditEvents({ identify, policy, trail, reads, recorded, runtime }),
    readiness: createReadiness({
      policy,
      clients,
      unusable: settings.unusable,
      keysReady,
      gateStates: trail.states,
      runtime,
    }),
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
    logins: issuers.flatMap(({ iss, login }) => (login?.cli === undefined ? [] : [{ issuer: iss, ...login.cli }])),
    entrance: success(createEntrance({ settings, identify, recorded })),
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
    offer: refuse('offer'),
    usage: refuse('usage'),
    sweep: refuse('sweep'),
    noteKeys: async () => undefined,
    readAuditEvents: refuse('read'),
    showAuditRequest: refuse('read'),
    readiness: async () => ({ ready: false, policy: '', checks: [] }),
    isOperator: async () => false,
    switches: { off: refuse('switch'), on: refuse('switch'), list: refuse('switch'), show: refuse('switch') },
    audience: { ok: false, failure },
    logins: [],
    entrance: { ok: false, failure },
  };
}
