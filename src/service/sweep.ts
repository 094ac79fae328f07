// The sweep: InfluxDB keeps expired tokens for ever, so a cron trigger deletes those that we made, a bounded number a run. It never touches
// a name that is off our grammar or fails its tag. It remembers nothing between runs. Each run picks names at random, so that no name waits
// behind another for ever, and simultaneous sweeps rarely meet. Where they do, a 404 counts as done.

import type { Admission } from '../admission/admission.ts';
import type { Limits } from '../admission/limit/limits.ts';
import type { Receipt, Recorded } from '../audit/recorder.ts';
import { type Result, success } from '../foundation/failure.ts';
import type { Keyring } from '../foundation/keyring.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { InfluxClient } from '../influx/client.ts';
import { type ExpiredNames, listExpired } from '../influx/ledger.ts';
import type { TokenName } from '../influx/name.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';

/** The result of one run, over all instances. */
export interface SweepSummary {
  readonly deleted: number;
  /** Somebody else had deleted it first. */
  readonly gone: number;
  readonly failed: number;
  /** Expired tokens that were seen and are still there, the failed ones included. */
  readonly left: number;
  /** There are more than this run looked at. */
  readonly more: boolean;
  /** Instances that did not answer, or for which we have no admin token: their expired tokens were not seen. */
  readonly unreachable: readonly string[];
}

export type Sweep = (receipt: Receipt) => Promise<Result<SweepSummary>>;

export interface SweepDependencies {
  readonly policy: Pick<CompiledPolicy, 'instances'>;
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly keyring: Keyring;
  readonly admission: Pick<Admission, 'write'>;
  readonly limits: Pick<Limits, 'free'>;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now' | 'alarm'>;
}

/** The platform allows ten thousand subrequests an invocation; listing and stores need some of them. */
export const DELETIONS_PER_RUN = 9_000;
/**
 * After this time, each instance that is left still gets one deletion from each connection, and no more: the next run comes a minute after
 * this one.
 */
export const RUN_MS = 45_000;
/** The platform opens six connections at a time; more would only queue. */
export const CONCURRENCY = 6;
/**
 * Failures in a row, after which the rest of an instance waits for the next run: in an outage that answers at once, every name would
 * otherwise fail, and every one with a line in the log.
 */
const FAILURES_IN_A_ROW = 100;
/** Names that one listing returns. Tags are checked only of names that this run may delete. */
const LISTED = 10_000;

/** The expired tokens of an instance. */
interface Queue extends ExpiredNames {
  readonly client: InfluxClient;
}

const textsOf = (names: readonly TokenName[]) => names.map(({ text }) => text);
const lengthOf = ({ names, more }: Queue) => names.length + more;

export function createSweep({
  policy,
  clients,
  keyring,
  admission,
  limits,
  recorded,
  runtime,
}: SweepDependencies): Sweep {
  return (receipt) =>
    recorded('sweep', receipt, async (note) => {
      const end = runtime.now() + RUN_MS;
      const instances = Object.keys(policy.instances);
      const found = await Promise.all(instances.map(look));
      // Short queues first: each gets an equal share of the rest of the run, and the longer ones get what it does not need.
      const queues = found.filter((queue) => queue !== null).sort((a, b) => lengthOf(a) - lengthOf(b));
      const gone: TokenName[] = [];
      const tally = { deleted: 0, not_found: 0, refused: 0, failed: 0 };
      for (const [at, { client, names }] of queues.entries()) {
        const shares = queues.length - at;
        const tried = tally.deleted + tally.not_found + tally.refused + tally.failed;
        const chosen = names.slice(0, Math.floor((DELETIONS_PER_RUN - tried) / shares)).values();
        const until = runtime.now() + (end - runtime.now()) / shares;
        let failures = 0;
        const worker = async () => {
          for (const name of chosen) {
            const outcome = await client.deleteToken(name.text);
            tally[outcome]++;
            if (outcome === 'deleted' || outcome === 'not_found') gone.push(name);
            failures = outcome === 'refused' || outcome === 'failed' ? failures + 1 : 0;
            if (runtime.now() >= until || failures >= FAILURES_IN_A_ROW) break;
          }
        };
        await Promise.all(Array.from({ length: CONCURRENCY }, worker));
      }
      // By our clock they may live a little longer, as far as their limits know.
      const byRule = Map.groupBy(gone, ({ rule }) => rule);
      await Promise.all([...byRule].map(([rule, names]) => limits.free(rule, textsOf(names))));
      const seen = queues.reduce((sum, queue) => sum + lengthOf(queue), 0);
      const summary: SweepSummary = {
        deleted: tally.deleted,
        gone: tally.not_found,
        failed: tally.refused + tally.failed,
        left: seen - tally.deleted - tally.not_found,
        more: queues.some(({ complete }) => !complete),
        unreachable: instances.filter((_, at) => found[at] === null),
      };
      note({ sweep: summary });
      // The trail is not filled by sweeps that had nothing to do.
      if (summary.deleted + summary.failed > 0) {
        const facts = { kind: 'sweep', actor: 'service', request_id: receipt.id } as const;
        await admission.write(receipt.id, facts, {}, { outcome: 'done', sweep: { ...summary } });
      }
      return success(summary);
    });

  async function look(instance: string): Promise<Queue | null> {
    const client = clients.get(instance);
    const expired =
      client && (await listExpired(client, { instance, limit: LISTED, enough: DELETIONS_PER_RUN }, keyring));
    if (expired === 'refused') {
      runtime.alarm('admin_token_refused', { instance });
      return null;
    }
    return client && expired ? { client, ...expired } : null;
  }
}
