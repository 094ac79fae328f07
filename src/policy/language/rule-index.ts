// Finds the rules that can match a caller without looking at the others: each rule is filed under one of its equality conditions,
// the one whose values the fewest rules share. Plain JSON, so that it is built once and read by the Worker as it is. No I/O.

import { type ClaimPath, type Claims, readClaim } from '../../identity/claim.ts';
import type { Condition, Scalar, Test } from './condition.ts';

/** Rules stand by their position in the file. */
export interface RuleIndex {
  readonly claims: readonly ClaimIndex[];
  /** Rules without an equality to file them under: always candidates. */
  readonly rest: readonly number[];
}

interface ClaimIndex {
  readonly path: ClaimPath;
  readonly byValue: Readonly<Record<string, readonly number[]>>;
  /** All rules filed under this claim by the type of the values they want, for callers whose value is of another type. */
  readonly byType: Readonly<Partial<Record<ScalarType, readonly number[]>>>;
  /** What the absent claim answers in these rules. */
  readonly absentIsUnknown: boolean;
}

type ScalarType = 's' | 'n' | 'b';

export interface IndexedRule {
  readonly position: number;
  /** Conditions that it may be filed under. */
  readonly when: readonly Condition[];
}

export function buildRuleIndex(rules: readonly IndexedRule[]): RuleIndex {
  const population = new Map<string, number>();
  for (const { when } of rules) {
    for (const condition of when) {
      for (const value of equalValues(condition.test) ?? []) {
        const bucket = bucketKey(condition, value);
        population.set(bucket, (population.get(bucket) ?? 0) + 1);
      }
    }
  }

  const claims = new Map<string, MutableClaimIndex>();
  const rest: number[] = [];
  for (const { position, when } of rules) {
    const chosen = mostSelective(when, population);
    if (chosen === null) {
      rest.push(position);
      continue;
    }
    const id = JSON.stringify([chosen.path, chosen.absent]);
    let index = claims.get(id);
    if (index === undefined) {
      index = { path: chosen.path, byValue: {}, byType: {}, absentIsUnknown: chosen.absent === 'unknown' };
      claims.set(id, index);
    }
    const values = equalValues(chosen.test)!;
    for (const value of new Set(values.map(valueKey))) append(index.byValue, value, position);
    for (const type of new Set(values.map(scalarType))) append(index.byType, type, position);
  }
  return { claims: [...claims.values()], rest };
}

/** Positions, ascending, of all rules whose conditions can be yes. */
export function rulesThatMatch(index: RuleIndex, claims: Claims): readonly number[] {
  const lists: (readonly number[])[] = [index.rest];
  for (const claim of index.claims) {
    const value = readClaim(claims, claim.path);
    const key = isScalar(value) ? valueKey(value) : null;
    if (key !== null && Object.hasOwn(claim.byValue, key)) lists.push(claim.byValue[key]!);
  }
  return merge(lists);
}

/** Positions, ascending, of all rules whose conditions can be yes or unknown. */
export function rulesNotExcluded(index: RuleIndex, claims: Claims): readonly number[] {
  const lists: (readonly number[])[] = [index.rest];
  for (const claim of index.claims) {
    const value = readClaim(claims, claim.path);
    if (value === undefined && !claim.absentIsUnknown) continue;
    const type = isScalar(value) ? scalarType(value) : null;
    const key = isScalar(value) ? valueKey(value) : null;
    if (key !== null && Object.hasOwn(claim.byValue, key)) lists.push(claim.byValue[key]!);
    for (const other of ['s', 'n', 'b'] as const) {
      if (other !== type && claim.byType[other] !== undefined) lists.push(claim.byType[other]);
    }
  }
  return merge(lists);
}

interface MutableClaimIndex {
  readonly path: ClaimPath;
  readonly byValue: Record<string, number[]>;
  readonly byType: Partial<Record<ScalarType, number[]>>;
  readonly absentIsUnknown: boolean;
}

function append<K extends string>(lists: Partial<Record<K, number[]>>, key: K, position: number): void {
  const list = lists[key];
  if (list === undefined) lists[key] = [position];
  else list.push(position);
}

/** The values that the test accepts, when it is an equality or a list of equalities. */
export function equalValues(test: Test): readonly Scalar[] | null {
  if (test.op === 'equals') return [test.value];
  if (test.op !== 'any') return null;
  const values = test.of.map((one) => (one.op === 'equals' ? one.value : null));
  return values.every((value) => value !== null) ? values : null;
}

function mostSelective(when: readonly Condition[], population: ReadonlyMap<string, number>): Condition | null {
  let best: Condition | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const condition of when) {
    const values = equalValues(condition.test);
    if (values === null) continue;
    const crowd = values.reduce<number>((sum, value) => sum + population.get(bucketKey(condition, value))!, 0);
    if (crowd < fewest) {
      best = condition;
      fewest = crowd;
    }
  }
  return best;
}

function bucketKey(condition: Condition, value: Scalar): string {
  return JSON.stringify([condition.path, condition.absent, valueKey(value)]);
}

function isScalar(value: unknown): value is Scalar {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isSafeInteger(value))
  );
}

function scalarType(value: Scalar): ScalarType {
  if (typeof value === 'string') return 's';
  return typeof value === 'number' ? 'n' : 'b';
}

/** The type stands before the value, so that "1" and 1 differ and no claim's value is a property name of its own. */
function valueKey(value: Scalar): string {
  return `${scalarType(value)}:${String(value)}`;
}

function merge(lists: readonly (readonly number[])[]): readonly number[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? [];
  return [...new Set(filled.flat())].sort((a, b) => a - b);
}
