// The sweep: InfluxDB never forgets an expired token by itself, so a cron trigger deletes those of our making, a bounded number a run.
// Names that are off our grammar or fail their tag are never touched. Several sweeps at once do no harm: a 404 counts as done.

import type { Receipt, Recorded } from './audit/recorder.ts';
import { type Result, success } from './failure.ts';
import type { InfluxClient } from './influx/client.ts';
import { listExpired } from './influx/ledger.ts';
import type { TokenName } from './influx/name.ts';
import type { Keyring } from './keyring.ts';
import type { Runtime } from './runtime.ts';

/** What one run has done, over all instances. */
export interface SweepSummary {
  readonly deleted: number;
  /** Somebody else was faster. */
  readonly gone: number;
  readonly failed: number;
  /** Expired tokens that were seen and are still there, the failed ones included. */
  readonly left: number;
  /** More are waiting than were looked at. */
  readonly more: boolean;
  /** Instances that did not answer. */
  readonly unreachable: readonly string[];
}

export type Sweep = (receipt: Receipt) => Promise<Result<SweepSummary>>;

export interface SweepDependencies {
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly keyring: Keyring;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'random'>;
}

/** The platform allows a thousand subrequests an invocation; listing and stores need some of them. */
const DELETIONS_PER_RUN = 900;
/** The platform opens six connections at a time; more would only queue. */
const CONCURRENCY = 6;
/** Names that one listing returns: about two megabytes. */
const LISTED = 20_000;

export function createSweep({ clients, keyring, recorded, runtime }: SweepDependencies): Sweep {
  return (receipt) =>
    recorded('sweep', receipt, async (note) => {
      let summary: SweepSummary = { deleted: 0, gone: 0, failed: 0, left: 0, more: false, unreachable: [] };
      let budget = DELETIONS_PER_RUN;
      for (const [instance, client] of clients) {
        const one = await sweepInstance(instance, client, budget);
        budget -= one.deleted + one.gone + one.failed;
        summary = {
          deleted: summary.deleted + one.deleted,
          gone: summary.gone + one.gone,
          failed: summary.failed + one.failed,
          left: summary.left + one.left,
          more: summary.more || one.more,
          unreachable: [...summary.unreachable, ...one.unreachable],
        };
      }
      note({ sweep: summary });
      return success(summary);
    });

  async function sweepInstance(instance: string, client: InfluxClient, budget: number): Promise<SweepSummary> {
    const nothing = { deleted: 0, gone: 0, failed: 0, left: 0, more: false, unreachable: [] };
    const expired = await listExpired(client, { instance, after: '', limit: LISTED }, keyring);
    if (expired === null) return { ...nothing, unreachable: [instance] };
    const chosen = fromAnywhere(expired.names).slice(0, Math.max(budget, 0));
    const tally = { deleted: 0, not_found: 0, failed: 0 };
    const queue = chosen.values();
    const worker = async () => {
      for (const { text } of queue) tally[await client.deleteToken(text)]++;
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return {
      deleted: tally.deleted,
      gone: tally.not_found,
      failed: tally.failed,
      left: expired.names.length - tally.deleted - tally.not_found,
      more: !expired.complete,
      unreachable: [],
    };
  }

  /** From a random place onwards and round again: names that cannot be deleted hold up nobody behind them for long. */
  function fromAnywhere(names: readonly TokenName[]): readonly TokenName[] {
    const [a, b, c] = runtime.random(3) as unknown as [number, number, number];
    const start = ((a << 16) | (b << 8) | c) % Math.max(names.length, 1);
    return [...names.slice(start), ...names.slice(0, start)];
  }
}
