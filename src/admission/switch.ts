// A switch: what is off, why, and until when. No I/O, no clock.

export type Target =
  | { readonly kind: 'everything' }
  | { readonly kind: 'rule' | 'issuer' | 'instance'; readonly name: string }
  /** Callers of an issuer whose subject claims or pins hold these values. */
  | { readonly kind: 'identity'; readonly issuer: string; readonly claims: Readonly<Record<string, string>> };

export interface Switch {
  readonly id: string;
  readonly target: Target;
  /** What owners set, owners lift; what operators set, only operators. */
  readonly level: 'operator' | 'owner';
  /** For callers. */
  readonly why: string;
  /** For operators. */
  readonly note?: string;
  /** Milliseconds since the epoch; null when only somebody can lift it. */
  readonly until: number | null;
  readonly set_at: number;
}

/** Whether one takes the place of the other. */
export function isSamePlace(one: Switch, other: Switch): boolean {
  return one.level === other.level && targetKey(one.target) === targetKey(other.target);
}

/** Equal for equal targets, in whatever order their claims were written. */
export function targetKey(target: Target): string {
  if (target.kind !== 'identity') return JSON.stringify(target);
  const claims = Object.entries(target.claims).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([target.kind, target.issuer, claims]);
}
