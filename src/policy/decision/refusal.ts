// The words of a refused decision. A caller who is known to a rule is told how to fix their request; a stranger is told their own id
// claims and nothing else. What a sentence may disclose is decided here. No I/O.

import { type Failure, failure } from '../../foundation/failure.ts';
import { WrittenNumber } from '../../foundation/written-number.ts';
import { type ClaimPath, parseClaimPath, readClaim, showClaim } from '../../identity/claim.ts';
import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { AllowRule, DenyRule } from '../language/compiled.ts';
import { formatDuration } from '../language/duration.ts';
import { formatEnd } from '../language/end.ts';
import { concreteTriples, covers, type Entry, expand, showEntry, showName } from '../language/entry.ts';
import { nearestKey } from '../language/nearest-key.ts';
import { INTERNAL_DATABASE, showTriple, type Triple } from '../language/permission.ts';
import type { Caller, Viewer } from './candidates.ts';
import { describeMisses, endedSentence, type NearestRule } from './nearest.ts';

/** Longer lists of choices help nobody. */
const MAX_CHOICES = 20;

/** For callers whom no rule knows. The same words whatever the policy says, so that two policies cannot be told apart by them. */
export function strangerRefusal(issuer: TrustedIssuer, caller: Caller): Failure {
  const claims = identifyingClaims(issuer)
    .map(({ claim, path }) => [claim, readClaim(caller.claims, path)] as const)
    .filter(([, value]) => value !== undefined);
  const shown = claims.map(([claim, value]) => `${claim} ${showClaim(value)}`).join(', ');
  return failure(
    'no_rule',
    `No rule admits this identity (${shown}). If it should be admitted, give these claims to the people who keep this service's policy.`,
    { members: { identity: Object.fromEntries(claims) } },
  ).failure;
}

/** Owned by the function below: found once for each entry of the policy, because most refusals are of strangers. */
const identifying = new WeakMap<TrustedIssuer, readonly { readonly claim: string; readonly path: ClaimPath }[]>();

function identifyingClaims(issuer: TrustedIssuer) {
  const known = identifying.get(issuer);
  if (known !== undefined) return known;
  // By its path, since a claim may be spelled as a name and as a pointer.
  const byPath = new Map(
    [...issuer.subject.flat(), ...issuer.pins].map((claim) => [JSON.stringify(parseClaimPath(claim)), claim]),
  );
  const found = [...byPath.values()].map((claim) => ({ claim, path: parseClaimPath(claim) }));
  identifying.set(issuer, found);
  return found;
}

/** `known` are rules that the caller is known to. */
export function unknownRule(name: string, known: readonly AllowRule[]): Failure {
  const names = known.map((rule) => rule.name);
  return failure('rule_unknown', `No rule named "${name}" is open to this identity.${meant(name, names)}`).failure;
}

/** `open` are instances that rules known to the caller grant on. */
export function unknownInstance(name: string, open: readonly string[]): Failure {
  const detail = `No rule open to this identity grants on an instance named "${name}".${meant(name, [...new Set(open)])}`;
  return failure('instance_unknown', detail).failure;
}

function meant(name: string, names: readonly string[]): string {
  const nearest = nearestKey(name, names);
  if (nearest !== null) return ` Did you mean "${nearest}"?`;
  if (names.length === 0) return '';
  const more = names.length > MAX_CHOICES ? ', …' : '';
  return ` There ${names.length === 1 ? 'is' : 'are'} ${names
    .slice(0, MAX_CHOICES)
    .map((one) => `"${one}"`)
    .join(', ')}${more}.`;
}

export function wildcardConflict(): Failure {
  return failure(
    'permissions_conflict',
    'db:* and named databases cannot stand in one token: in InfluxDB the named entry shadows the wildcard. Ask for them separately.',
  ).failure;
}

export function ambiguousRequest(rules: readonly AllowRule[]): Failure {
  const [only] = rules;
  const choices = rules.slice(0, MAX_CHOICES).map(choiceOf);
  const detail =
    rules.length === 1
      ? `The rule "${only!.name}" grants ${only!.entries.map(showEntry).join(', ')}; name the "permissions" that you need of it.`
      : `Several rules match this identity: ${choices.map(({ rule }) => `"${rule}"`).join(', ')}. Name one of them as "rule", or the "permissions" that you need.`;
  return failure('request_ambiguous', detail, { members: { choices } }).failure;
}

/** No rule matches, though the caller is known to some. */
export function unmatchedRefusal(nearest: NearestRule | null): Failure {
  if (nearest === null) return failure('no_rule', 'No rule matches this identity.').failure;
  const { rule, misses, ended } = nearest;
  const sentences = [
    ended && misses.length === 0 ? 'No rule matches this identity any more.' : 'No rule matches this identity.',
    ...(misses.length === 0 ? [] : [`Nearest is "${rule.name}": ${describeMisses(misses)}.`]),
    ...(ended ? [endedSentence(rule)] : []),
  ];
  return failure('no_rule', sentences.join(' '), { members: { nearest: nearestMember(nearest) } }).failure;
}

/** Rules match and do not cover; `nearest` is a known rule that would cover if it matched. */
export function uncoveredRefusal(
  matching: readonly AllowRule[],
  permissions: readonly Triple[],
  caller: Caller,
  nearest: NearestRule | null,
): Failure {
  const shown = matching.slice(0, MAX_CHOICES);
  const uncovered = permissions.filter((triple) => !coveredByOne(shown, triple, caller));
  const sentences = [
    uncoveredSentence(uncovered, matching.length > shown.length),
    ...uncoveredHints(shown, uncovered, caller),
    `Open to you: ${shown.map(openSentence).join('; ')}.`,
    ...unexpandable(shown, caller),
  ];
  const helpful = nearest !== null && (nearest.misses.length > 0 || nearest.ended) ? nearest : null;
  if (helpful !== null && helpful.misses.length > 0)
    sentences.push(`The rule "${helpful.rule.name}" covers it and does not match: ${describeMisses(helpful.misses)}.`);
  if (helpful?.ended === true) sentences.push(endedSentence(helpful.rule));
  return failure('not_granted', sentences.join(' '), {
    members: {
      not_covered: uncovered.map(showTriple),
      choices: shown.map(choiceOf),
      ...(helpful === null ? {} : { nearest: nearestMember(helpful) }),
    },
  }).failure;
}

/**
 * A deny rule is not the caller's to know: they hear which permission it met, and by which of their own claims. Claims that they do not
 * have are not named either, since their names tell what the rule looks for.
 */
export function deniedRefusal(rule: DenyRule, triple: Triple, caller: Caller, viewer: Viewer): Failure {
  const claims = rule.when.map(({ claim, path }) => [claim, readClaim(caller.claims, path)] as const);
  const told = claims.filter(([, value]) => viewer === 'operator' || value !== undefined);
  const words = told.map(([claim, value]) => (value === undefined ? `no ${claim}` : `${claim} ${showClaim(value)}`));
  const refuser = viewer === 'operator' ? `The rule "${rule.name}"` : 'The policy';
  const token = words.length === 0 ? 'this token' : `a token with ${words.join(', ')}`;
  const lacking = told.length < claims.length ? ', because of a claim that the token lacks' : '';
  const advice =
    triple.name === '*'
      ? 'It may concern some databases only; name those that you need.'
      : 'A token in which this is different may have it.';
  return failure(
    'denied_by_rule',
    `${refuser} refuses ${showTriple(triple)} to ${token}${lacking}, whatever other rules allow. ${advice}`,
    {
      members: {
        denied: showTriple(triple),
        claims: told.map(([claim]) => claim),
        ...(viewer === 'operator' ? { rule: rule.name } : {}),
      },
    },
  ).failure;
}

export function ttlRefusal(rule: AllowRule, ttl: number, alternative: AllowRule | undefined): Failure {
  const asked = Number.isSafeInteger(ttl) ? formatDuration(ttl) : 'more';
  const detail = rule.share
    ? `The rule "${rule.name}" shares one token of ${formatDuration(rule.ttl.max)}; leave the ttl out, or ask for just that.`
    : `The rule "${rule.name}" gives at most ${formatDuration(rule.ttl.max)}, and ${asked} was asked. Ask for ${formatDuration(rule.ttl.max)} or less.`;
  const hint = alternative === undefined ? '' : ` The rule "${alternative.name}" would allow it.`;
  return failure('ttl_refused', detail + hint, {
    members: {
      max_ttl: formatDuration(rule.ttl.max),
      ...(alternative === undefined ? {} : { alternative: alternative.name }),
    },
  }).failure;
}

/** A request that names nothing, from a rule whose template the caller's claim does not fit. */
export function unexpandableRefusal(rule: AllowRule, caller: Caller): Failure {
  return failure('not_granted', unexpandable([rule], caller).join(' '), { members: { choices: [choiceOf(rule)] } })
    .failure;
}

function nearestMember({ rule, misses, ended }: NearestRule) {
  return { rule: rule.name, misses, ...(ended ? { ended: formatEnd(rule.until!) } : {}) };
}

function choiceOf(rule: AllowRule) {
  return { rule: rule.name, instance: rule.instance, permissions: rule.entries.map(showEntry) };
}

function openSentence(rule: AllowRule): string {
  return `${rule.entries.map(showEntry).join(', ')} (rule "${rule.name}")`;
}

function uncoveredSentence(uncovered: readonly Triple[], more: boolean): string {
  if (uncovered.some(({ name }) => name === INTERNAL_DATABASE)) {
    return `The database ${INTERNAL_DATABASE} is never granted.`;
  }
  if (uncovered.length === 0) return 'No single rule covers all that was asked; ask for it in several requests.';
  const none = more ? `None of the first ${MAX_CHOICES} rules that match` : 'No rule that matches';
  return `${none} this identity covers ${uncovered.map(showTriple).join(', ')}.`;
}

/** What a search for the name that was meant may cost, however much is asked and open. */
const MAX_HINTS = 5;
const MAX_SEARCHED = 100;
const MAX_SEARCHED_NAME = 64;

/** A misspelt name, and `db:*` where only some databases are open. */
function uncoveredHints(rules: readonly AllowRule[], uncovered: readonly Triple[], caller: Caller): string[] {
  const databases = uncovered.filter(({ type }) => type === 'db').slice(0, MAX_HINTS);
  const open = rules.flatMap(({ entries }) => entries.flatMap((entry) => concreteTriples(entry, caller.claims) ?? []));
  return databases.flatMap(({ name, action }) => {
    if (name === '*') return ['db:* is every database there is; name those that you need.'];
    const names = open.filter((one) => one.type === 'db' && one.action === action).map((one) => one.name);
    const nearest = name.length > MAX_SEARCHED_NAME ? null : nearestKey(name, names.slice(0, MAX_SEARCHED));
    return nearest === null ? [] : [`Did you mean db:${nearest}:${action}?`];
  });
}

function coveredByOne(rules: readonly AllowRule[], triple: Triple, caller: Caller): boolean {
  return rules.some((rule) => rule.entries.some((entry) => covers(entry, triple, caller.claims)));
}

function unexpandable(rules: readonly AllowRule[], caller: Caller): string[] {
  return rules.flatMap((rule) =>
    rule.entries.flatMap((entry: Entry) => {
      const { name } = entry;
      if (name.kind !== 'template' || expand(name, caller.claims) !== null) return [];
      const value = readClaim(caller.claims, name.path);
      const isNumber = typeof value === 'number' || value instanceof WrittenNumber;
      const wanted = isNumber
        ? 'it is a number that can be written in several ways, and text is needed: the issuer must send it as text'
        : 'it takes letters, digits, "_" and "-"';
      return [
        `The name ${showName(name)} of rule "${rule.name}" cannot be made from ${name.claim} ${showClaim(value)}: ${wanted}.`,
      ];
    }),
  );
}
