// The limits of all rules, as a vend asks them: after its admission and before its mint, so that a subject token that was used before takes
// no slot. Without a limit on the rule nothing is called. It never decides how much a rule gives: the grant says that.

import { failure, type Result, success } from '../../foundation/failure.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { Limit } from '../../policy/language/compiled.ts';
import { formatDuration } from '../../policy/language/duration.ts';
import type { Admitted } from '../admission.ts';
import { callObject } from '../calling.ts';
import { digestOf } from '../single-use.ts';
import { LIMIT_FORMAT, type LimitCounter, type SlotVerdict } from './limit.ts';

/** What a limit still gives, as callers are told: only the parts that it has. */
export interface LimitLeft {
  /** `per` in seconds. */
  readonly vends?: { readonly left: number; readonly per: number };
  readonly live?: { readonly left: number };
}

type Vend = Pick<Admitted, 'id' | 'grant'>;

export interface Limits {
  /** Takes a slot for what was admitted. Null where its rule has no limit. */
  readonly take: (admitted: Admitted) => Promise<Result<LimitLeft | null>>;
  /** The token was made and handed out. */
  readonly made: (vend: Vend) => Promise<void>;
  /** No token was made, for certain. What is only not known must be left to the end of its slot. */
  readonly giveBack: (vend: Vend) => Promise<void>;
  /** Tokens of a rule that are gone for certain. */
  readonly free: (rule: string, names: readonly string[]) => Promise<void>;
}

export interface LimitsDependencies {
  /** By the rule's name. */
  readonly counters: (rule: string) => LimitCounter;
  /** The limit of a rule in the present policy. */
  readonly limitOf: (rule: string) => Limit | null;
  /** Milliseconds after which a create that was sent has been done or never will be. */
  readonly createWithin: number;
  readonly runtime: Pick<Runtime, 'after' | 'alarm' | 'waitUntil'>;
}

/** The counter may ask InfluxDB first; with the gate's own time it still fits into the admission limit. */
const LIMIT_TIMEOUT_MS = 5_000;

export function createLimits({ counters, limitOf, createWithin, runtime }: LimitsDependencies): Limits {
  const call = <T>(rule: string, work: (one: LimitCounter) => Promise<T>) =>
    callObject(() => counters(rule), work, LIMIT_TIMEOUT_MS, runtime);

  /** What cannot be said now, the end of the slot or InfluxDB's catalogue says later. */
  async function tell(rule: string, work: (one: LimitCounter) => Promise<void>): Promise<void> {
    const told = await call(rule, (one) => work(one).then(() => true));
    if (told === null) runtime.alarm('limit_not_told', { rule });
  }

  const giveBack: Limits['giveBack'] = async ({ id, grant: { rule, limit } }) => {
    if (limit !== null) await tell(rule, (one) => one.giveBack(LIMIT_FORMAT, id));
  };

  return {
    take: async (admitted) => {
      const { id, grant, mintBefore } = admitted;
      const { rule, instance, limit, owner } = grant;
      if (limit === null) return success(null);
      const madeBy = mintBefore + createWithin;
      const who = await digestOf(JSON.stringify(owner));
      const finalAt = madeBy + 2 * instance.syncInterval * 1000;
      const request = { id, who, instance: instance.name, life: lifeOf(grant), madeBy, finalAt, limit };
      const verdict = await call(rule, (one) => one.take(LIMIT_FORMAT, request));
      if (verdict === null || verdict === 'returned' || verdict === 'format') {
        // It may have been taken all the same.
        if (verdict === null) runtime.waitUntil(giveBack(admitted));
        runtime.alarm('limit_unavailable', { rule, ...(verdict === null ? {} : { verdict }) });
        return failure(
          'state_unavailable',
          `How much the rule "${rule}" has given cannot be checked at the moment. Ask again.`,
        );
      }
      return verdict.taken ? success(leftOf(limit, verdict)) : reached(rule, limit, verdict);
    },
    made: async ({ id, grant }) => {
      if (grant.limit !== null) await tell(grant.rule, (one) => one.made(LIMIT_FORMAT, id, lifeOf(grant)));
    },
    giveBack,
    free: async (rule, names) => {
      if (names.length > 0 && typeof limitOf(rule)?.live === 'number') {
        await tell(rule, (one) => one.free(LIMIT_FORMAT, names));
      }
    },
  };
}

/** A hand-out makes no token, so none is alive by it. */
function lifeOf({ share, ttl }: Admitted['grant']): number {
  return share ? 0 : ttl * 1000;
}

function leftOf({ vends, live }: Limit, { vendsLeft, liveLeft }: SlotVerdict): LimitLeft {
  return {
    ...(vends === null ? {} : { vends: { left: vendsLeft ?? 0, per: vends.per } }),
    ...(live === null ? {} : { live: { left: liveLeft ?? 0 } }),
  };
}

function reached(rule: string, limit: Limit, verdict: SlotVerdict) {
  const { vends, live, of } = limit;
  const { vendsLeft, liveLeft } = verdict;
  const retryAfter = Math.max(1, Math.ceil(verdict.wait / 1000));
  const parts = [
    ...(vends === null || vendsLeft !== 0 ? [] : [`${counted(vends.count, 'token')} in ${formatDuration(vends.per)}`]),
    ...(live === null || liveLeft !== 0 ? [] : [counted(live, 'live token')]),
  ];
  const whose = of === 'caller' ? ' to each caller' : '';
  const detail = `The rule "${rule}" gives at most ${parts.join(' and ')}${whose}, and that is reached. The next one is free in ${formatDuration(retryAfter)} at the latest.`;
  return failure('limit_reached', detail, {
    retryAfter,
    members: {
      limit: {
        ...(vends === null ? {} : { vends: vends.count, per: vends.per }),
        ...(live === null ? {} : { live }),
      },
      left: {
        ...(vends === null ? {} : { vends: vendsLeft }),
        ...(live === null ? {} : { live: liveLeft }),
      },
      of,
      retry_after: retryAfter,
    },
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
