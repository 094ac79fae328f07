// Past decisions held against another policy: who would gain access and who would lose it. Callers who are alike count as one. No I/O.

import type { CompiledPolicy } from './compiled.ts';
import { createJudge, type Judgement } from './judge.ts';
import { isDecision, type PastEvent, permissionsOf } from './past-event.ts';

/** Callers who are alike, and what the new policy means for them. */
export interface Affected {
  readonly effect: 'gains' | 'loses' | 'unknown';
  readonly issuer: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly permissions: readonly string[];
  /** The rule that decided it then. */
  readonly rule: string | null;
  readonly why: string;
  /** How many events. */
  readonly count: number;
}

export interface Replay {
  readonly same: number;
  /** Events that say nothing of the policy's decision: other kinds, bad tokens, faults, requests without permissions. */
  readonly skipped: number;
  readonly affected: readonly Affected[];
}

export function replayEvents(before: CompiledPolicy, after: CompiledPolicy, events: readonly PastEvent[]): Replay {
  const judgeAfter = createJudge(after, before);
  const judgeBefore = createJudge(before, before);
  const groups = new Map<string, { readonly event: PastEvent; count: number }>();
  let skipped = 0;
  for (const event of events) {
    if (!isDecision(event)) {
      skipped++;
      continue;
    }
    const { issuer, subject, claims, rule, instance, policy, reason, permissions_asked, permissions_given } = event;
    const alike = JSON.stringify([
      [issuer, subject, claims, rule, instance],
      [policy, event.outcome, reason, permissions_asked, permissions_given],
    ]);
    const group = groups.get(alike);
    if (group === undefined) groups.set(alike, { event, count: 1 });
    else group.count++;
  }

  let same = 0;
  const affected: Affected[] = [];
  for (const { event, count } of groups.values()) {
    const then = event.policy === before.digest ? { outcome: event.outcome } : judgeBefore(event);
    const now = judgeAfter(event);
    if (then.outcome === now.outcome && now.outcome !== 'unknown') {
      same += count;
      continue;
    }
    const undecided = [then, now].find(({ outcome }) => outcome === 'unknown') as Judgement | undefined;
    affected.push({
      effect: undecided === undefined ? (now.outcome === 'allowed' ? 'gains' : 'loses') : 'unknown',
      issuer: event.issuer!,
      subject: event.subject ?? {},
      permissions: permissionsOf(event),
      rule: event.rule ?? null,
      why: (undecided ?? now).why,
      count,
    });
  }
  return { same, skipped, affected };
}
