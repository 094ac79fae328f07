// The tightest rule that admits some tokens, for people who write a policy from examples: ids pinned, what changes with each token or is
// the caller's to choose left out. It also says what else the rule would admit. It decides nothing. No I/O.

import { isJsonObject } from '../../foundation/json.ts';
import { type Claims, showClaim } from '../../identity/claim.ts';
import { isAmong, type Preset } from '../../identity/preset.ts';
import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { Scalar } from '../language/condition.ts';
import type { Parsed } from '../language/permission.ts';

/** A condition as the policy file spells it. */
export type SuggestedCondition = Scalar | readonly Scalar[] | { readonly contains: Scalar };

export interface Suggestion {
  readonly when: Readonly<Record<string, SuggestedCondition>>;
  /** Names that the pinned ids stand for, for the reader of the rule. */
  readonly names: readonly string[];
  /** What else the rule would admit, in words. */
  readonly admits: readonly string[];
}

/** Claims that tell one token, run or job from the next, on any provider. */
const VOLATILE = [
  ...['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'nonce', 'auth_time', 'at_hash', 'c_hash', 'sid', 'identity_nonce'],
  ...['sha', 'run_id', 'run_number', 'run_attempt', 'check_run_id', 'workflow_sha', 'job_workflow_sha'],
  ...['pipeline_id', 'job_id', 'ci_config_sha', 'runner_id', 'build_number', 'build_commit', 'step_id', 'agent_id'],
  ...['oidc.circleci.com/job-id', 'oidc.circleci.com/pipeline-id', 'oidc.circleci.com/workflow-id'],
  ...['/kubernetes.io/pod/name', '/kubernetes.io/pod/uid', '/kubernetes.io/node/name', '/kubernetes.io/node/uid'],
  ...['/kubernetes.io/warnafter', 'aio', 'rh', 'uti', 'xms_ftd'],
];

/** Longer lists are no rule that somebody meant. Ids are listed however many they are: without them the rule pins nobody. */
const MAX_LISTED = 5;

export function suggestRule(issuer: TrustedIssuer, preset: Preset, tokens: readonly Claims[]): Parsed<Suggestion> {
  const leaves = tokens.map((claims) => new Map(leavesOf(claims)));
  const everywhere = [...leaves[0]!.keys()].filter((claim) => leaves.every((one) => one.has(claim)));
  const holdsNames = (claim: string) =>
    preset.bareNames?.claim === claim && leaves.some((one) => preset.bareNames!.pattern.test(String(one.get(claim))));
  const recyclable = (claim: string) => preset.recyclable?.includes(claim) === true || holdsNames(claim);
  const isPin = (claim: string) => valuesOf(claim, leaves) !== null && !recyclable(claim);
  const pins = issuer.pins.filter((pin) => everywhere.includes(pin) && isPin(pin));
  if (issuer.shared && pins.length === 0) {
    const wanted = issuer.pins.join(', ');
    const problem = `"${issuer.name}" signs for strangers too, and the tokens hold none of ${wanted}; have them put in`;
    return { ok: false, problem };
  }
  const spoofable = (claim: string) => isAmong(claim, [...(preset.spoofable ?? []), ...(preset.calledCode ?? [])]);
  // Where the preset does not tell them apart, all that can be renamed names the party.
  const isParty = (claim: string) => preset.party?.includes(claim) ?? true;

  const when: Record<string, SuggestedCondition> = {};
  const names: string[] = [];
  const left = { party: [] as string[], chosen: [] as string[], named: [] as string[], various: [] as string[] };
  for (const claim of everywhere) {
    if (pins.includes(claim)) when[claim] = oneOrList(valuesOf(claim, leaves)!);
    else if (VOLATILE.includes(claim)) continue;
    else if (recyclable(claim) && pins.length > 0 && isParty(claim)) {
      left.party.push(claim);
      names.push(`${claim} ${(valuesOf(claim, leaves) ?? []).map(showClaim).join(' or ')}`);
    } else if (spoofable(claim)) left.chosen.push(claim);
    else if (recyclable(claim) && pins.length > 0) left.named.push(claim);
    else {
      const condition = conditionOn(claim, leaves);
      if (condition === null) left.various.push(claim);
      else when[claim] = condition;
    }
  }
  if (Object.keys(when).length === 0) {
    return { ok: false, problem: 'the tokens have nothing in common that a rule could hold on to' };
  }
  const partial = new Set(leaves.flatMap((one) => [...one.keys()]).filter((claim) => !everywhere.includes(claim)));
  return { ok: true, value: { when, names, admits: admitsOf(when, left, partial) } };
}

/** Every value of a token under the address by which a condition finds it; objects are taken apart, lists are not. */
function leavesOf(claims: Claims, pointer = ''): readonly (readonly [address: string, value: unknown])[] {
  return Object.entries(claims).flatMap(([key, value]) => {
    const below = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isJsonObject(value)) return leavesOf(value, below);
    // At the top its plain name will do, unless that would be read as a pointer.
    return [[pointer === '' && key !== '' && !key.startsWith('/') ? key : below, value] as const];
  });
}

/** The distinct values of a claim that a condition can name; null when it cannot name them all. */
function valuesOf(claim: string, leaves: readonly ReadonlyMap<string, unknown>[]): readonly Scalar[] | null {
  const values = [...new Set(leaves.map((one) => one.get(claim)))];
  return values.every(isNameable) ? values : null;
}

function isNameable(value: unknown): value is Scalar {
  if (typeof value === 'string') return value !== '';
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value));
}

function oneOrList(values: readonly Scalar[]): SuggestedCondition {
  return values.length === 1 ? values[0]! : values;
}

function conditionOn(claim: string, leaves: readonly ReadonlyMap<string, unknown>[]): SuggestedCondition | null {
  const lists = leaves.map((one) => one.get(claim));
  if (lists.every((list) => Array.isArray(list))) {
    // Of several common elements only a person can say which one matters.
    const common = (lists[0] as unknown[]).filter((element) =>
      lists.every((list) => (list as unknown[]).includes(element)),
    );
    const [only, ...others] = [...new Set(common)].filter(isNameable);
    return only === undefined || others.length > 0 ? null : { contains: only };
  }
  const values = valuesOf(claim, leaves);
  return values === null || values.length > MAX_LISTED ? null : oneOrList(values);
}

interface LeftOut {
  /** Names of the party that the pinned ids stand for. */
  readonly party: readonly string[];
  /** Others than the policy's owner choose them. */
  readonly chosen: readonly string[];
  /** Made of names that can be given to another, and of more than the party. */
  readonly named: readonly string[];
  /** Of many values, of no value that a condition can name, or lists of which a person must pick an element. */
  readonly various: readonly string[];
}

function admitsOf(
  when: Suggestion['when'],
  { party, chosen, named, various }: LeftOut,
  partial: ReadonlySet<string>,
): readonly string[] {
  const lists = Object.entries(when).filter(([, condition]) => Array.isArray(condition));
  const only = [...partial].filter((claim) => !VOLATILE.includes(claim));
  return [
    'any later token of the same kind: what changes from one to the next is left out',
    ...(party.length === 0 ? [] : [`the same party by other names: ${party.join(', ')} can change, the ids cannot`]),
    ...(chosen.length === 0 ? [] : [`any ${chosen.join(', any ')}: others can choose them, so they keep nobody out`]),
    ...(named.length === 0 ? [] : [`any ${named.join(', any ')}: they are made of names that can be taken over`]),
    ...(various.length === 0 ? [] : [`any ${various.join(', any ')}: the tokens have no one value to hold on to`]),
    ...(only.length === 0 ? [] : [`tokens with and without ${only.join(', ')}: not all of them have it`]),
    ...(lists.length < 2
      ? []
      : [`any combination of the values listed for ${lists.map(([claim]) => claim).join(', ')}`]),
  ];
}
