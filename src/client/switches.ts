// Switches as callers see them: what to switch off, and what is off. It describes the calls and makes them, and keeps nothing.

import type { Call, Reply } from './connection.ts';

export interface SwitchTarget {
  readonly kind: 'everything' | 'rule' | 'issuer' | 'instance' | 'identity';
  /** Of the rule, the issuer or the instance. */
  readonly name?: string;
  /** Of an identity. */
  readonly issuer?: string;
  /** Of an identity: callers who have all of them. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** A switch as it is told to those whom it covers. */
export interface SwitchedOff {
  readonly target: SwitchTarget;
  readonly why: string;
  readonly until: string | null;
}

export interface Switch extends SwitchedOff {
  readonly id: string;
  readonly level: 'operator' | 'owner';
  readonly note?: string;
  readonly set_at: string;
  /** False once it is over: it is shown for its revocation. */
  readonly on: boolean;
  readonly in_force: boolean;
  readonly revocation: {
    readonly state: 'waiting' | 'revoking' | 'done';
    readonly revoked: number;
    readonly left: number;
    readonly failed: number;
    readonly unreachable: readonly string[];
  } | null;
}

/** What is missing before a change is in force. */
export interface Missing {
  readonly gates: readonly string[];
  readonly open: number;
}

export interface SwitchHits {
  readonly rules: readonly string[];
  readonly live: number;
  readonly shared: number;
  readonly incomplete: readonly string[];
}

export interface SwitchRequest {
  readonly target: SwitchTarget;
  /** For callers. */
  readonly why: string;
  /** For operators. */
  readonly note?: string;
  /** Seconds, or digits with s, m, h or d. */
  readonly for?: string | number;
  readonly dry_run?: boolean;
  readonly revoke?: boolean;
  /** RFC 3339. */
  readonly since?: string;
}

export interface Switched {
  readonly switch: Switch | null;
  readonly missing: Missing | null;
  readonly hits: SwitchHits | null;
}

/** For operators, and for the owners of a rule. */
export interface Switches {
  readonly off: (request: SwitchRequest) => Promise<Switched>;
  readonly on: (id: string) => Promise<{ readonly missing: Missing | null }>;
  readonly list: () => Promise<readonly Switch[]>;
  readonly show: (id: string) => Promise<Switch>;
}

export function createSwitchCalls(ask: (call: Call) => Promise<Reply>): Switches {
  const path = (id: string) => `/v1/switches/${encodeURIComponent(id)}`;
  return {
    off: async (body) => (await ask({ method: 'POST', path: '/v1/switches', body })).body as Switched,
    on: async (id) => (await ask({ method: 'DELETE', path: path(id) })).body as { readonly missing: Missing | null },
    list: async () =>
      ((await ask({ method: 'GET', path: '/v1/switches' })).body as { readonly switches: readonly Switch[] }).switches,
    show: async (id) => (await ask({ method: 'GET', path: path(id) })).body as Switch,
  };
}
