// The Workers: the real line from a request to its answer, in isolates that die and start again, of two versions at once; and now and then one
// of a version that is newer than the gates. Who the caller is, they believe.

import { createAdmission } from '../../../src/admission/admission.ts';
import { FORMAT } from '../../../src/admission/gate/gate.ts';
import { createLimits } from '../../../src/admission/limit/limits.ts';
import { createRecorder, type Receipt } from '../../../src/audit/recorder.ts';
import { failure, type Result, success } from '../../../src/foundation/failure.ts';
import type { Keyring } from '../../../src/foundation/keyring.ts';
import { createUlid } from '../../../src/foundation/ulid.ts';
import type { Identity } from '../../../src/identity/verifier.ts';
import type { PendingDeletions } from '../../../src/influx/deletion.ts';
import { createMint, type DatabaseToken } from '../../../src/influx/mint.ts';
import { createSharing } from '../../../src/influx/sharing.ts';
import { allowRuleNamed } from '../../../src/policy/language/compiled.ts';
import { createExchange, type Exchange } from '../../../src/service/exchange.ts';
import { createSweep, type Sweep } from '../../../src/service/sweep.ts';
import { createProcess, type Process, within } from '../process.ts';
import type { World } from '../world.ts';
import type { Counters } from './counters.ts';
import type { Gates } from './gates.ts';
import { type InfluxDB, UPSTREAM_TIMEOUT_MS } from './influxdb.ts';
import type { SharedTokens } from './shared-tokens.ts';

/** What a caller shows. Times are seconds since the epoch. */
export interface SubjectToken {
  readonly issuer: 'ci' | 'backend';
  readonly jti: string;
  readonly job: string;
  readonly who: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface Workers {
  /** Rejects when the Worker dies before it has answered. */
  readonly vend: (token: SubjectToken, isGone: () => boolean) => Promise<Result<DatabaseToken>>;
  readonly sweep: () => Promise<void>;
  readonly setClock: () => void;
  /** All of them die, so that what comes is served by new ones. */
  readonly replace: () => void;
}

export interface WorkersOptions {
  readonly influx: InfluxDB;
  readonly gates: Gates;
  readonly counters: Counters;
  readonly sharedTokens: SharedTokens;
  readonly deletions: (from: Process) => PendingDeletions;
  readonly keyring: Keyring;
}

interface Worker {
  readonly process: Process;
  readonly exchange: Exchange;
  readonly sweep: Sweep;
}

export function createWorkers(
  world: World,
  { influx, gates, counters, sharedTokens, deletions, keyring }: WorkersOptions,
): Workers {
  const { random, weather, policies } = world;
  const slots: (Worker | null)[] = Array.from({ length: random.between(1, 3) }, () => null);
  const newest = slots.length > 1 && random.chance(0.1) ? slots.length - 1 : -1;
  const clocks = slots.map(() => weather.clockError());
  let lives = 0;

  function start(slot: number): Worker {
    const process = createProcess(world, `worker ${slot}.${++lives}`, () => clocks[slot]!);
    const { runtime } = process;
    const policy = policies[slot === 0 ? 0 : 1];
    const clients = influx.clients(process);
    const format = slot === newest && !weather.isCalm() ? FORMAT + 1 : FORMAT;
    const admission = createAdmission({ gates: gates.from(process, format), keep: policy.audit.keep, runtime });
    const limits = createLimits({
      counters: counters.from(process),
      limitOf: (rule) => allowRuleNamed(policy, rule)?.limit ?? null,
      createWithin: UPSTREAM_TIMEOUT_MS,
      runtime,
    });
    const sharing = createSharing(sharedTokens.from(process), runtime);
    const mint = createMint({ clients, keyring, pending: deletions(process), runtime });
    const recorded = createRecorder(() => {}, policy.digest, runtime);
    const identify = async (text: string) => believe(JSON.parse(text) as SubjectToken, runtime.now());
    return {
      process,
      exchange: createExchange({ identify, policy, admission, limits, mint, sharing, recorded, runtime }),
      sweep: createSweep({ policy, clients, keyring, admission, limits, recorded, runtime }),
    };
  }

  /** As the verifier would say, of a token whose signature is good. */
  function believe({ issuer, jti, job, who, issuedAt, expiresAt }: SubjectToken, now: number): Result<Identity> {
    const entry = policies[0].issuers[issuer]!;
    if (now / 1000 >= expiresAt + entry.clockSkew) return failure('token_expired', 'The subject token has expired.');
    const claims = { iss: entry.iss, sub: who, job, jti };
    const subject = [['sub', who]] as const;
    return success({ issuer: entry, signer: [entry.iss], claims, subject, issuedAt, expiresAt } as unknown as Identity);
  }

  function any(): Worker {
    const slot = random.between(0, slots.length - 1);
    let worker = slots[slot];
    if (!worker?.process.isAlive()) {
      worker = start(slot);
      slots[slot] = worker;
    }
    return worker;
  }

  function receiptOf({ process: { runtime } }: Worker): Receipt {
    return { id: createUlid(runtime), receivedAt: runtime.now() };
  }

  return {
    vend: (token, isGone) => {
      const worker = any();
      const receipt = { ...receiptOf(worker), isGone };
      world.timeline.tell(() => `${worker.process.name} is shown ${token.jti} as ${receipt.id}`);
      return within(worker.process, async () => {
        const result = await worker.exchange(receipt, success({ subjectToken: JSON.stringify(token), request: {} }));
        world.timeline.tell(
          () =>
            `${worker.process.name} answers to ${token.jti}: ${result.ok ? result.value.name : result.failure.reason}`,
        );
        return result;
      });
    },
    sweep: async () => {
      const worker = any();
      await within(worker.process, () => worker.sweep(receiptOf(worker))).catch(() => {});
    },
    setClock: () => {
      for (const slot of clocks.keys()) clocks[slot] = weather.clockError();
    },
    replace: () => {
      for (const worker of slots) worker?.process.die('it is replaced');
    },
  };
}
