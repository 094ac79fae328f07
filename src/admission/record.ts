// What the trail says: the facts of an admission, what became of it, and an entry as it is read. Field names are those of the audit log.
// It never holds a token, a key or a signature.

import { isJsonObject, parseJson } from '../foundation/json.ts';
import type { Switch } from './switch.ts';

/** What is known before InfluxDB is asked. */
export interface Facts {
  /** `vend`: a token for one caller. `hand_out`: a shared token given to one more caller. `mint`: a shared token's own create. */
  readonly kind:
    | 'vend'
    | 'hand_out'
    | 'mint'
    | 'refusal'
    | 'revoke'
    | 'switch'
    | 'sweep'
    | 'read'
    | 'policy'
    | 'key'
    | 'left_out';
  readonly actor: Actor;
  readonly request_id?: string;
  readonly issuer?: string;
  readonly rule?: string;
  readonly instance?: string;
  /** The digest of the policy that decided. */
  readonly policy?: string;
  readonly permissions?: readonly string[];
  /** Seconds. */
  readonly ttl?: number;
  /** Of a switch: what was switched, and which way. */
  readonly switch?: Omit<Switch, 'until' | 'set_at'> & {
    /** RFC 3339; null when only somebody can lift it. */
    readonly until: string | null;
    readonly turned: 'off' | 'on';
  };
  /** When the last node of the instance must have heard of the create, milliseconds since the epoch: a "not there" is believed from then on. */
  readonly final_at?: number;
  /** Which keys the service has: digests that open nothing. */
  readonly key?: string;
  readonly previous_key?: string;
  /** What a read of the trail has asked for. */
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * Who did it. Of a revocation, by what they were entitled: they are the token's owner or an operator, they hold its lease or the token
 * itself. Of a read: they are an operator, or own the rules that they read about.
 */
export type Actor = 'caller' | 'service' | 'owner' | 'operator' | 'lease' | 'holder';

/** Who asked: can be erased from an entry, which the commitment to it outlives. */
export interface Personal {
  readonly subject?: Readonly<Record<string, string>>;
  /** The claims that the rule looked at. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The claims that name the run of the job. */
  readonly run?: Readonly<Record<string, unknown>>;
}

/** What became of it. */
export type Outcome =
  /** The token was made and handed out. */
  | 'made'
  /** No token was made, or the one that may have been is being deleted: nobody received it. */
  | 'failed'
  /** The caller was gone before InfluxDB was asked. */
  | 'abandoned'
  /** A token was made, and deleted because the caller was gone. */
  | 'undelivered'
  /** The Worker did not say. */
  | 'unknown'
  /** After `unknown`: InfluxDB has the token. */
  | 'found'
  /** After `unknown`: InfluxDB does not have it, and it cannot come any more. */
  | 'never_made'
  /** After `unknown`: InfluxDB could not be asked before the life of such a token was over. */
  | 'expired'
  /** Of what is not an admission: it was done, it will be repeated until it is done, or it was refused. */
  | 'done'
  | 'pending'
  | 'refused';

export interface Settlement {
  readonly outcome: Outcome;
  /** Why a refusal or a failure. */
  readonly reason?: string;
  readonly expires_at?: string;
  /** Of a hand-out: the shared token that was handed out. */
  readonly token_name?: string;
  /** How many refusals or reads this entry stands for, at least. */
  readonly count?: number;
  /** The number of the entry that this one corrects. */
  readonly corrects?: number;
  /** What a sweep has done. */
  readonly sweep?: Readonly<Record<string, unknown>>;
}

/** One entry of the trail. Entries of one gate are numbered without a gap, and their times never go back. */
export interface Entry extends Facts, Settlement, Personal {
  readonly gate: string;
  /** A gate that lost its storage begins a new epoch. */
  readonly epoch: number;
  readonly number: number;
  /** RFC 3339. */
  readonly time: string;
  /** SHA-256 of the salt and the personal part, base64url; missing where there is nobody. The salt never leaves the gate. */
  readonly commitment?: string;
}

/** What is kept and is no entry yet: an admission whose outcome is not known, or refusals of a minute that is not over. */
export interface Pending extends Facts, Partial<Settlement>, Personal {
  readonly gate: string;
  /** RFC 3339: of the admission, or of the beginning of the minute. */
  readonly time: string;
  readonly token_name?: string;
}

/** JSON as it is kept: the keys in the order in which they are written, no spaces. */
export function canonical(value: Facts | Personal | Settlement): string {
  return JSON.stringify(value);
}

/** Reads back what `canonical` wrote; an empty object for any other text. */
export function readObject<T extends object>(text: string): T {
  const json = parseJson(text);
  return (json.ok && isJsonObject(json.value) ? json.value : {}) as T;
}
