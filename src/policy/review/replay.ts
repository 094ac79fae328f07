// Past decisions held against another policy: who would gain access and who would lose it. Callers who are alike count as one. No I/O.

import type { CompiledPolicy } from '../language/compiled.ts';
import { joinTriples } from '../language/permission.ts';
import { createJudge, type Judgement, without } from './judge.ts';
import { meaningOf } from './judge-rule.ts';
import { givenTo, type PastEvent, policyOutcome, timeOf } from './past-event.ts';

/** Callers who are alike, and what the new policy means for them. */
export interface Affected {
  readonly effect: 'gains' | 'loses' | 'unknown';
  readonly issuer: string;
  readonly subject: Readonly<Record<string, string>>;
  /** What was given or asked; of who gains and named none, what they gain. Empty where nobody named any. */
  readonly permissions: readonly string[];
  /** The rule that decided it then. */
  readonly rule: string | null;
  readonly why: string;
  /** How many events. */
  readonly count: number;
}

export interface Replay {
  readonly same: number;
  /** Events that say nothing of the policy's decision: other kinds, and requests that failed before the policy was asked. */
  readonly skipped: number;
  readonly affected: readonly Affected[];
}

export function replayEvents(before: CompiledPolicy, after: CompiledPolicy, events: readonly PastEvent[]): Replay {
  const judgeAfter = createJudge(after, before);
  const judgeBefore = createJudge(before, before);
  const said = sayingsOf(before);
  const says = sayingsOf(after);
  const ends = endsOf(before, after);
  const groups = new Map<string, { readonly event: PastEvent; count: number }>();
  let skipped = 0;
  for (const event of events) {
    if (policyOutcome(event) === null) {
      skipped++;
      continue;
    }
    const { issuer, subject, claims, rule, instance, policy, reason, permissions_asked, permissions_given } = event;
    const alike = JSON.stringify([
      [issuer, subject, claims, rule, instance],
      [policy, event.outcome, reason, permissions_asked, permissions_given],
      ends.filter((end) => (timeOf(event) ?? 0) >= end).length,
    ]);
    const group = groups.get(alike);
    if (group === undefined) groups.set(alike, { event, count: 1 });
    else group.count++;
  }

  let same = 0;
  const affected: Affected[] = [];
  for (const { event, count } of groups.values()) {
    const issuer = event.issuer!;
    const change = said(issuer) === says(issuer) ? null : compare(event, thenOf(event), judgeAfter(event));
    if (change === null) {
      same += count;
      continue;
    }
    const { subject = {}, rule = null, permissions_asked: asked, permissions_given: given } = event;
    affected.push({ issuer, subject, permissions: given ?? asked ?? [], rule, count, ...change });
  }
  return { same, skipped, affected };

  /** What an event says of its own policy is what happened. */
  function thenOf(event: PastEvent): Judgement {
    if (event.policy !== before.digest) return judgeBefore(event);
    const gives = givenTo(event);
    return { outcome: policyOutcome(event)!, why: 'it was decided so', ...(gives === null ? {} : { gives }) };
  }
}

/** In milliseconds since the epoch: requests before and after one are not alike. */
function endsOf(...policies: readonly CompiledPolicy[]): readonly number[] {
  const ends = policies.flatMap(({ rules }) =>
    rules.flatMap((rule) => (rule.effect === 'allow' && rule.until !== null ? [rule.until * 1000] : [])),
  );
  return [...new Set(ends)];
}

type Change = Pick<Affected, 'effect' | 'why'> & Partial<Pick<Affected, 'permissions'>>;

/** Null when nothing changes. */
function compare(event: PastEvent, then: Judgement, now: Judgement): Change | null {
  const undecided = [then, now].find(({ outcome }) => outcome === 'unknown');
  if (undecided !== undefined) return { effect: 'unknown', why: undecided.why };
  const gives = now.gives === undefined ? {} : { permissions: joinTriples(now.gives) };
  if (then.outcome !== now.outcome) {
    return now.outcome === 'allowed' ? { effect: 'gains', why: now.why, ...gives } : { effect: 'loses', why: now.why };
  }
  const had = then.gives ?? givenTo(event);
  const more = now.gives === undefined || had === null ? [] : without(now.gives, had);
  if (now.outcome === 'refused' || more.length === 0) return null;
  return { effect: 'gains', why: `${now.why}, and gives more than before`, permissions: joinTriples(more) };
}

/** All that a policy says to the callers of an issuer entry, as one text. */
function sayingsOf(policy: CompiledPolicy): (issuer: string) => string {
  const texts = new Map<string, string>();
  const textFor = (name: string) => {
    const entry = Object.hasOwn(policy.issuers, name) ? policy.issuers[name]! : null;
    const sayings = policy.rules.flatMap((rule) => {
      if (rule.effect === 'deny')
        return policy.issuers[rule.issuer]!.iss === entry?.iss ? [meaningOf(rule, policy)] : [];
      if (rule.effect !== 'allow' || rule.issuer !== name) return [];
      const { ttl, share, withinSubjectToken, instance, until } = rule;
      const { publicUrl } = policy.instances[instance]!;
      return [JSON.stringify([rule.name, meaningOf(rule, policy), ttl, share, withinSubjectToken, publicUrl, until])];
    });
    return JSON.stringify([entry?.iss, entry?.shared, sayings]);
  };
  return (issuer) => {
    const text = texts.get(issuer) ?? textFor(issuer);
    texts.set(issuer, text);
    return text;
  };
}
