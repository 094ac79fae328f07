// Claims that no token of the provider has, where the policy names claims outside of conditions: in templates, in the keys of an issuer,
// and in the policy's own tests. No I/O.

import { isJsonObject } from '../../../foundation/json.ts';
import { parseClaimPath } from '../../../identity/claim.ts';
import type { KnownClaim, Preset } from '../../../identity/preset.ts';
import type { TrustedIssuer } from '../../../identity/trusted-issuer.ts';
import type { Rule } from '../../language/compiled.ts';
import { showName } from '../../language/entry.ts';
import type { Report } from '../report.ts';
import type { IssuerEntry, PolicyFile } from '../schema.ts';
import type { Path } from '../source.ts';
import { overlaps } from './automaton.ts';
import { claimFact } from './claim-facts.ts';
import { examplesOf } from './dead-conditions.ts';
import { formAutomaton } from './form.ts';
import { canBe, exampleOf, meantValues, yamlValues } from './value-advice.ts';

/** What a template takes of a claim's value. */
const FRAGMENT = /^[A-Za-z0-9_-]+$/;

/** Templates that no token can fill: they allow nothing, and in a deny rule they deny everything. */
export function lintDeadTemplates(rule: Rule, issuer: TrustedIssuer, preset: Preset, path: Path, report: Report): void {
  if (rule.effect === 'roles') return;
  const deny = rule.effect === 'deny';
  const outcome = deny ? ', so it denies everything' : ', so it covers nothing';
  for (const { name } of rule.entries) {
    if (name.kind !== 'template') continue;
    const fact = claimFact(name.claim, preset);
    const say = deny ? report.error : report.warn;
    if (fact.kind === 'never') {
      const message = `${showName(name)} is made of "${name.claim}", which tokens of "${issuer.name}" never hold${outcome}`;
      say(path, message, meantClaim(fact.meant, preset));
    } else if (fact.kind === 'sent' && !fitsName(fact.known)) {
      const message = `${showName(name)} is made of "${name.claim}", whose values fit no database name${outcome}`;
      say(path, message, 'write a claim of letters, digits, "_" and "-", such as an id');
    }
  }
}

function fitsName({ type, values, form }: KnownClaim): boolean {
  if (type === 'list' || type === 'object' || type === 'boolean') return false;
  if (values !== undefined) return values.some((value) => FRAGMENT.test(String(value)));
  const automaton = form === undefined ? null : formAutomaton(form.pattern);
  return automaton === null || overlaps(automaton, formAutomaton(FRAGMENT)!);
}

/** Of an entry that names claims beside a known provider. */
export function lintIssuerClaims(entry: IssuerEntry, preset: Preset, path: Path, report: Report): void {
  for (const key of ['pins', 'subject', 'always_present'] as const) {
    for (const [at, claims] of (entry[key] ?? []).entries()) {
      for (const claim of typeof claims === 'string' ? [claims] : claims) {
        const fact = claimFact(claim, preset);
        if (fact.kind !== 'never') continue;
        report.warn([...path, key, at], `its tokens never hold "${claim}"`, meantClaim(fact.meant, preset));
      }
    }
  }
}

function meantClaim(meant: string | null, preset: Preset): string {
  return meant === null ? `write a claim that they hold${examplesOf(preset)}` : `did you mean "${meant}"?`;
}

/**
 * A test with claims that nobody has proves nothing. Values are looked at where a rule is expected: a test that expects a refusal may
 * mean them.
 */
export function lintTestClaims(file: PolicyFile, presetOf: (issuer: string) => Preset | null, report: Report): void {
  for (const [at, { name, issuer, claims, expect }] of (file.tests ?? []).entries()) {
    const preset = presetOf(issuer);
    if (preset === null) continue;
    const admits = typeof expect === 'string' && expect !== 'denied';
    for (const [address, value] of addressesIn(claims)) {
      const fact = claimFact(address, preset);
      const path: Path = ['tests', at, 'claims', ...parseClaimPath(address)];
      if (fact.kind === 'never') {
        const message = `test "${name}": tokens of "${issuer}" never hold "${address}"`;
        report.warn(path, message, meantClaim(fact.meant, preset));
      } else if (fact.kind === 'sent' && admits && isText(fact.known, value) && !canBe(value, fact.known)) {
        const meant = meantValues(value, fact.known);
        const fix = meant === null ? `write a value such as ${exampleOf(fact.known)}` : `write ${yamlValues(meant)}`;
        report.warn(path, `test "${name}": "${address}" is never "${value}" in tokens of "${issuer}"`, fix);
      }
    }
  }
}

function isText({ type }: KnownClaim, value: unknown): value is string {
  return type === 'text' && typeof value === 'string';
}

/** Each value by the address of a condition on it. */
function addressesIn(claims: object, pointer = ''): readonly (readonly [address: string, value: unknown])[] {
  return Object.entries(claims).flatMap(([key, value]) => {
    const below = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isJsonObject(value) && Object.keys(value).length > 0) return addressesIn(value, below);
    return [[pointer === '' && !key.startsWith('/') ? key : below, value] as const];
  });
}
