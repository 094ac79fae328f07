// What a switch covers. A gate asks this before each admission, with the list that it keeps. It never says who may set one.

import { isJsonObject, parseJson } from '../foundation/json.ts';
import type { Facts, Personal } from './record.ts';

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

/** The list that the switchboard sends as text; a list that cannot be read covers everything, because nobody knows what it says. */
export function readSwitches(text: string): readonly Switch[] {
  const json = parseJson(text);
  if (json.ok && Array.isArray(json.value)) return json.value as readonly Switch[];
  return [{ id: '', target: { kind: 'everything' }, level: 'operator', why: '', until: null, set_at: 0 }];
}

/** The first switch that covers a vend at this time, milliseconds since the epoch. */
export function coveringSwitch(
  switches: readonly Switch[],
  facts: string,
  personal: string,
  now: number,
): Switch | undefined {
  if (switches.length === 0) return undefined;
  const about = readObject<Facts>(facts);
  const who = readObject<Personal>(personal);
  return switches.find(({ target, until }) => (until === null || now < until) && covers(target, about, who));
}

function covers(target: Target, facts: Facts, personal: Personal): boolean {
  switch (target.kind) {
    case 'everything':
      return true;
    case 'rule':
    case 'issuer':
    case 'instance':
      return facts[target.kind] === target.name;
    case 'identity':
      return (
        facts.issuer === target.issuer &&
        Object.entries(target.claims).every(
          ([claim, value]) => own(personal.subject, claim) === value || own(personal.claims, claim) === value,
        )
      );
  }
}

function own(claims: Readonly<Record<string, unknown>> | undefined, claim: string): unknown {
  return claims !== undefined && Object.hasOwn(claims, claim) ? claims[claim] : undefined;
}

/** Text that this service wrote. */
export function readObject<T extends object>(text: string): T {
  const json = parseJson(text);
  return (json.ok && isJsonObject(json.value) ? json.value : {}) as T;
}
