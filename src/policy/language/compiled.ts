// The compiled policy: what the build makes of `policy.yaml` and the Worker reads at start-up. Plain JSON, every default filled in,
// rules indexed. No YAML, no schema library.

import { isJsonObject, parseJson } from '../../foundation/json.ts';
import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { Condition } from './condition.ts';
import type { Entry } from './entry.ts';
import type { RuleIndex } from './rule-index.ts';

/** Changes whenever a Worker could misread what an older build wrote. */
export const COMPILED_VERSION = 4;

export interface Instance {
  readonly name: string;
  /** What the Worker calls. */
  readonly url: string;
  /** What callers are told. */
  readonly publicUrl: string;
  /** Names of the secrets that hold the admin token, in the order in which they are tried. */
  readonly adminTokens: readonly string[];
  /** Names of the secrets that hold the values of further headers, by header in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds that the catalogue of a cluster needs to reach every node; 0 for a single node. */
  readonly syncInterval: number;
}

interface RuleBase {
  readonly name: string;
  /** The issuer entry it belongs to. */
  readonly issuer: string;
  readonly when: readonly Condition[];
}

export interface AllowRule extends RuleBase {
  readonly effect: 'allow';
  readonly instance: string;
  readonly entries: readonly Entry[];
  /** Seconds. */
  readonly ttl: { readonly default: number; readonly max: number };
  readonly withinSubjectToken: boolean;
  /** Callers whose decision is the same receive the same token, of one fixed life. */
  readonly share: boolean;
  /** How many of the first conditions pin a party by an immutable id. */
  readonly pins: number;
  /** Seconds since the epoch: from then on it grants nothing. Its callers stay known, so that they can be told. */
  readonly until: number | null;
  readonly limit: Limit | null;
  /** Who may switch the rule off and see its events. */
  readonly owners: Owners | null;
}

/** What the rule gives at most, for all of its callers together or for each. */
export interface Limit {
  /** So many tokens in any time of `per` seconds. */
  readonly vends: { readonly count: number; readonly per: number } | null;
  /** So many tokens that are alive at once. */
  readonly live: number | null;
  readonly of: 'rule' | 'caller';
}

export interface Owners {
  /** The issuer entry that they come from. */
  readonly issuer: string;
  readonly when: readonly Condition[];
  /** As those of a rule. */
  readonly pins: number;
}

export interface DenyRule extends RuleBase {
  readonly effect: 'deny';
  readonly entries: readonly Entry[];
}

export type Role = 'operator';

export interface RolesRule extends RuleBase {
  readonly effect: 'roles';
  readonly roles: readonly Role[];
  /** How many of the first conditions pin a party by an immutable id. */
  readonly pins: number;
}

export type Rule = AllowRule | DenyRule | RolesRule;

export interface CompiledPolicy {
  readonly version: typeof COMPILED_VERSION;
  /** SHA-256 of the canonical JSON of everything else, in lower-case hexadecimal. */
  readonly digest: string;
  /** Built for local running: loopback http addresses are accepted. */
  readonly development: boolean;
  readonly audience: string | null;
  /** For how many seconds events are kept. */
  readonly audit: { readonly keep: number };
  readonly issuers: Readonly<Record<string, TrustedIssuer>>;
  readonly instances: Readonly<Record<string, Instance>>;
  /** In file order. */
  readonly rules: readonly Rule[];
  /** Positions of allow rules by name. */
  readonly allowByName: Readonly<Record<string, number>>;
  /** Allow rules by issuer entry. */
  readonly allow: Readonly<Record<string, AllowIndex>>;
  /** Roles rules by issuer entry. */
  readonly roles: Readonly<Record<string, PositionedIndex>>;
  /** Deny rules by `iss`: they hold for every entry that shares it. */
  readonly deny: Readonly<Record<string, RuleIndex>>;
}

export interface PositionedIndex extends RuleIndex {
  /** All of them, ascending. */
  readonly positions: readonly number[];
}

export interface AllowIndex extends PositionedIndex {
  /** The instances that they grant on. */
  readonly instances: readonly string[];
}

/** Reads what `influx-sts policy build` wrote. Throws when it was written by another version: then the build was not run. */
export function readCompiledPolicy(text: string): CompiledPolicy {
  const json = parseJson(text);
  const policy = json.ok && isJsonObject(json.value) ? (json.value as unknown as CompiledPolicy) : null;
  if (policy?.version !== COMPILED_VERSION)
    throw new Error('The compiled policy is of another version; run the build again.');
  return policy;
}

export function allowRuleNamed(
  { allowByName, rules }: Pick<CompiledPolicy, 'allowByName' | 'rules'>,
  name: string,
): AllowRule | null {
  const rule = Object.hasOwn(allowByName, name) ? rules[allowByName[name]!] : undefined;
  return rule?.effect === 'allow' ? rule : null;
}
