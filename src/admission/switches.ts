// What a switch covers. A gate asks this before each admission, with the list that it keeps. It never says who may set one.

import { parseJson } from '../foundation/json.ts';
import { type Facts, type Personal, readObject } from './record.ts';
import type { Switch, Target } from './switch.ts';

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

export function covers(target: Target, facts: Facts, personal: Personal): boolean {
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
          ([claim, value]) => holds(own(personal.subject, claim), value) || holds(own(personal.claims, claim), value),
        )
      );
  }
}

/** A claim may be a number, or a list that holds the value among others. */
function holds(actual: unknown, value: string): boolean {
  if (Array.isArray(actual)) return actual.some((one) => holds(one, value));
  return actual === value || ((typeof actual === 'number' || typeof actual === 'boolean') && String(actual) === value);
}

function own(claims: Readonly<Record<string, unknown>> | undefined, claim: string): unknown {
  return claims !== undefined && Object.hasOwn(claims, claim) ? claims[claim] : undefined;
}
