// What a preset is: the facts of one identity provider, so that a policy need not say them and the linter can warn of its traps.
// The facts themselves stand in `presets/`, one provider a file. No I/O.

import type { Algorithm } from './trusted-issuer.ts';

/** What a provider's tokens hold in one claim. */
export interface KnownClaim {
  /** The JSON type of its value; `list` of text. */
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'object';
  /** The only values that it has. */
  readonly values?: readonly (string | number | boolean)[];
  /** The form that every value has, and two or three that show it. */
  readonly form?: { readonly pattern: RegExp; readonly examples: readonly string[] };
}

/** Whether a list names a claim, the object that it stands in, or the family that its name begins with (`agent_tag:`). */
export function isAmong(claim: string, listed: readonly string[] = []): boolean {
  return listed.some((one) => {
    const pointer = one.startsWith('/') ? one : `/${one.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return claim === one || claim.startsWith(`${pointer}/`) || (one.endsWith(':') && claim.startsWith(one));
  });
}

/** Durations are seconds; claims are addressed by name or JSON pointer. */
export interface Preset {
  /** The issuer's address, when the provider has a usual one. `TEAM` in it stands for the policy's `team:`. */
  readonly issuer?: string;
  /** The forms that an issuer of this provider takes, when the policy gives it. */
  readonly issuerForm?: { readonly pattern: RegExp; readonly example: string };
  /** The key set's address, when it cannot be discovered; `TEAM` as above. */
  readonly jwksUri?: string;
  /** Hosts beside the issuer's own that hold its keys. */
  readonly jwksHosts?: readonly string[];
  readonly algorithms?: readonly Algorithm[];
  readonly typ?: string;
  readonly subject?: readonly (readonly string[])[];
  readonly alwaysPresent?: readonly string[];
  readonly maxLifetime?: number;
  /** A caller can get a fresh token, with a `jti` of its own, for every request. */
  readonly singleUse?: boolean;
  /** The issuer signs for strangers too. */
  readonly shared?: boolean;
  /** The issuers that do, where others of this provider serve one party each. */
  readonly sharedIssuers?: readonly string[];
  /** Claims that pin a party by an id that is never given to another; each suffices. */
  readonly pins?: readonly string[];
  /** Claims that the caller, or somebody else than the party, can choose, with all that stands in them: no gate by themselves. */
  readonly spoofable?: readonly string[];
  /** Claims that name the code a job called rather than the job: no gate by themselves. */
  readonly calledCode?: readonly string[];
  /** Claims that say once more who the pinned party is: beside a pin they keep nobody out. */
  readonly party?: readonly string[];
  /** Claims that anybody can have with the value asked for: beside others they keep nobody out. */
  readonly common?: readonly string[];
  /** How a claim's value begins for every caller of the pinned party; a pattern of no more keeps nobody out. */
  readonly openings?: Readonly<Record<string, RegExp>>;
  /** Names that can be changed and then taken by another party. */
  readonly recyclable?: readonly string[];
  /** A claim that counts only beside another with a certain value, such as an address that must be verified. */
  readonly needsBeside?: Readonly<Record<string, { readonly claim: string; readonly value: string | boolean }>>;
  /** A form of a claim's value that holds recyclable names only. */
  readonly bareNames?: {
    readonly claim: string;
    readonly pattern: RegExp;
    /** How every value of the claim begins. */
    readonly opening: string;
    readonly fix: string;
  };
  /**
   * Every claim that can occur, optional ones too, by its address; absent where a provider's claims are its customers' own. Of the
   * claims that every token has (RFC 7519 section 4.1) only `sub` is listed. What stands inside a list has no address of its own here.
   */
  readonly claims?: Readonly<Record<string, KnownClaim>>;
  /** The addresses of further claims, which customers or administrators add. */
  readonly furtherClaims?: RegExp;
  /** The claims that name the run a token was made for, in the order in which they are shown. */
  readonly run?: readonly string[];
  /** Every claim is text, numbers and booleans included; a condition of another type never matches. */
  readonly textOnly?: boolean;
  /** Where not all claims are text: those that are. */
  readonly textClaims?: readonly string[];
  /** Claims that hold a number in digits, as text. */
  readonly numericIds?: readonly string[];
  /** It stands in front of the page as a proxy, and hands its token over in a header. */
  readonly proxiesPage?: true;
  /** An identity in a few words, with claims in braces. */
  readonly description?: string;
  /** Keys that a policy may set beside this preset, since they say where the provider stands rather than what it is. */
  readonly overridable: readonly string[];
}
