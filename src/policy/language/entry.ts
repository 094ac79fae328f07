// One resource of a rule's `allow` or `deny`: a literal name, a pattern, or a template over one claim. Says what it covers
// (allow: in doubt nothing) and what it intersects (deny: in doubt everything). Plain data in and out; no I/O.

import { type ClaimPath, type Claims, readClaim } from '../../identity/claim.ts';
import { matchesPattern } from './pattern.ts';
import { INTERNAL_DATABASE, isDatabaseName, type Triple } from './permission.ts';

/** A name in a rule. */
export type Name =
  | { readonly kind: 'literal'; readonly text: string }
  /** All databases, as InfluxDB means `*`. */
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'pattern'; readonly text: string }
  | {
      readonly kind: 'template';
      readonly before: string;
      readonly claim: string;
      readonly path: ClaimPath;
      readonly after: string;
    };

/** One name of a permission in a rule, with its actions. */
export interface Entry {
  readonly type: 'db' | 'system';
  readonly name: Name;
  readonly actions: readonly string[];
}

/** Whether an allow entry covers a requested triple for a caller with these claims. */
export function covers(entry: Entry, triple: Triple, claims: Claims): boolean {
  if (entry.type !== triple.type || !entry.actions.includes(triple.action)) return false;
  if (triple.type === 'db' && triple.name === INTERNAL_DATABASE) return false;
  if (triple.name === '*') return entry.name.kind === 'wildcard';
  return matchesName(entry.name, triple.name, claims);
}

/** Whether a deny entry meets a requested triple; `*` on either side meets everything, and so does a template that cannot expand. */
export function intersects(entry: Entry, triple: Triple, claims: Claims): boolean {
  if (entry.name.kind === 'template' && expand(entry.name, claims) === null) return true;
  if (entry.type !== triple.type || !entry.actions.includes(triple.action)) return false;
  return triple.name === '*' || entry.name.kind === 'wildcard' || matchesName(entry.name, triple.name, claims);
}

/** The triples that an entry stands for when it names its resource outright, else null. */
export function concreteTriples(entry: Entry, claims: Claims): readonly Triple[] | null {
  const name = concreteName(entry.name, claims);
  return name === null ? null : entry.actions.map((action) => ({ type: entry.type, name, action }));
}

/** The name that a template yields, or null when the claim's value does not fit. Nothing is rewritten to make it fit. */
export function expand(template: Extract<Name, { kind: 'template' }>, claims: Claims): string | null {
  const value = readClaim(claims, template.path);
  // A safe integer has one spelling; of any other number nobody knows which was meant.
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || !FRAGMENT.test(text)) return null;
  const name = template.before + text + template.after;
  return isDatabaseName(name) ? name : null;
}

export function showName(name: Name): string {
  switch (name.kind) {
    case 'literal':
    case 'pattern':
      return name.text;
    case 'wildcard':
      return '*';
    case 'template':
      return `${name.before}{${name.claim}}${name.after}`;
  }
}

export function showEntry(entry: Entry): string {
  return `${entry.type}:${showName(entry.name)}:${entry.actions.join(',')}`;
}

const FRAGMENT = /^[A-Za-z0-9_-]+$/;

function matchesName(name: Name, wanted: string, claims: Claims): boolean {
  switch (name.kind) {
    case 'literal':
      return name.text === wanted;
    case 'wildcard':
      return matchesPattern('*', wanted);
    case 'pattern':
      return matchesPattern(name.text, wanted);
    case 'template':
      return expand(name, claims) === wanted;
  }
}

function concreteName(name: Name, claims: Claims): string | null {
  switch (name.kind) {
    case 'literal':
      return name.text;
    case 'wildcard':
      return '*';
    case 'pattern':
      return null;
    case 'template':
      return expand(name, claims);
  }
}
