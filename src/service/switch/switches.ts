// Switches, for operators and for the owners of a rule: off, on, and what is off. A switch stops vends through every door, and never a
// revocation, a list, a switch or the trail, so that nobody can lock themselves out. It never tells a stranger what is switched.

import type { Admission } from '../../admission/admission.ts';
import type { Changed, SwitchboardStub, SwitchState } from '../../admission/board/board-parts.ts';
import type { Withdrawal } from '../../admission/board/mass-revoke.ts';
import type { Switch, Target } from '../../admission/switch.ts';
import { cut } from '../../audit/event.ts';
import type { Note, Receipt, Recorded } from '../../audit/recorder.ts';
import { withinDeadline } from '../../foundation/deadline.ts';
import { failure, type Result, success } from '../../foundation/failure.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import { createUlid } from '../../foundation/ulid.ts';
import type { Identity } from '../../identity/verifier.ts';
import { knownRules, rolesOf } from '../../policy/decision/candidates.ts';
import { ownsRule, rulesOwnedBy } from '../../policy/decision/owners.ts';
import { strangerRefusal } from '../../policy/decision/refusal.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import type { Identify } from '../identify.ts';
import { personalOf } from '../personal.ts';
import { checkTarget, rulesHit } from './switch-target.ts';

export type SwitchOff = Result<{
  readonly subjectToken: string;
  readonly target: Target;
  /** Seconds; null until somebody lifts it. */
  readonly for: number | null;
  readonly why: string;
  readonly note?: string;
  /** Only tell what would be hit. */
  readonly dryRun: boolean;
  /** Milliseconds since the epoch: live tokens made since then are revoked; null for none. */
  readonly revokeSince: number | null;
}>;

/** What a switch hits. */
export interface Hits {
  readonly rules: readonly string[];
  readonly live: number;
  /** Of those, shared tokens: others may hold them too. */
  readonly shared: number;
  /** Instances and gates that did not answer. */
  readonly incomplete: readonly string[];
}

export type SwitchedOff =
  | { readonly kind: 'dry_run'; readonly hits: Hits }
  | { readonly kind: 'set'; readonly state: SwitchState; readonly missing: Changed['missing'] };

export type SwitchById = Result<{ readonly subjectToken: string; readonly id: string }>;
export type SwitchList = Result<{ readonly subjectToken: string }>;

export interface Switches {
  readonly off: (receipt: Receipt, read: SwitchOff) => Promise<Result<SwitchedOff>>;
  readonly on: (receipt: Receipt, read: SwitchById) => Promise<Result<Changed>>;
  readonly list: (receipt: Receipt, read: SwitchList) => Promise<Result<readonly SwitchState[]>>;
  readonly show: (receipt: Receipt, read: SwitchById) => Promise<Result<SwitchState>>;
}

export interface SwitchesDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly board: SwitchboardStub;
  readonly withdrawal: Withdrawal;
  readonly admission: Pick<Admission, 'write'>;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'random' | 'waitUntil' | 'alarm'>;
}

/** The board itself waits 15 seconds for a change to be in force. */
const BOARD_TIMEOUT_MS = 22_000;

/** What a caller may do with switches: everything, or the rules that they own. */
interface Power {
  readonly identity: Identity;
  readonly level: Switch['level'];
}

export function createSwitches(dependencies: SwitchesDependencies): Switches {
  const { identify, policy, board, withdrawal, admission, recorded, runtime } = dependencies;

  async function powerOf(subjectToken: string, note: Note): Promise<Result<Power>> {
    const identity = await identify(subjectToken, note);
    if (!identity.ok) return identity;
    const caller = { issuer: identity.value.issuer.name, claims: identity.value.claims };
    if (rolesOf(policy, caller).has('operator')) return success({ identity: identity.value, level: 'operator' });
    if (rulesOwnedBy(policy, caller).length > 0) return success({ identity: identity.value, level: 'owner' });
    if (knownRules(policy, caller).isEmpty) {
      return { ok: false, failure: strangerRefusal(identity.value.issuer, caller) };
    }
    return failure('operator_required', 'Only operators, and the owners of a rule for that rule, may use switches.');
  }

  function mayTouch({ identity, level }: Power, target: Target): boolean {
    if (level === 'operator') return true;
    const caller = { issuer: identity.issuer.name, claims: identity.claims };
    return target.kind === 'rule' && ownsRule(policy, target.name, caller);
  }

  async function ask<T>(call: () => Promise<T>): Promise<Result<T>> {
    // Null is what an absence looks like too.
    const asked = (async () => ({ value: await call() }))();
    const answered = await withinDeadline(asked, BOARD_TIMEOUT_MS, runtime);
    if (answered !== null) return success(answered.value);
    runtime.alarm('switchboard_unavailable', {});
    return failure('state_unavailable', 'The switchboard cannot be reached at the moment. Ask again.');
  }

  /** What one may see of it; undefined for a switch that is none of their business. */
  function shown(power: Power, state: SwitchState): SwitchState | undefined {
    if (power.level === 'operator') return state;
    if (!mayTouch(power, state.switch.target) && state.switch.target.kind !== 'everything') return undefined;
    const { note: _, ...one } = state.switch;
    return { ...state, switch: one };
  }

  async function find(power: Power, id: string): Promise<Result<SwitchState>> {
    const states = await ask(() => board.list());
    if (!states.ok) return states;
    const state = states.value.find((one) => one.switch.id === id);
    const visible = state === undefined ? undefined : shown(power, state);
    return visible === undefined ? gone() : success(visible);
  }

  /** Kept whatever the gate has left out by then. */
  function record(receipt: Receipt, { identity }: Power, one: Switch, turned: 'off' | 'on'): void {
    const { until, set_at: _, ...kept } = one;
    const facts = {
      kind: 'switch',
      actor: 'caller',
      request_id: receipt.id,
      issuer: identity.issuer.name,
      policy: policy.digest,
      switch: { ...kept, until: until === null ? null : new Date(until).toISOString(), turned },
    } as const;
    runtime.waitUntil(admission.write(receipt.id, facts, personalOf(identity, null), { outcome: 'done' }));
  }

  return {
    off: (receipt, read) =>
      recorded<SwitchedOff>('switch', receipt, async (note) => {
        if (!read.ok) return read;
        const { subjectToken, why, note: remark, dryRun, revokeSince } = read.value;
        const target = comparable(read.value.target);
        const power = await powerOf(subjectToken, note);
        if (!power.ok) return power;
        if (!mayTouch(power.value, target)) {
          return failure('operator_required', 'Owners may switch the rules that they own, and nothing else.');
        }
        const sound = checkTarget(policy, target);
        if (!sound.ok && !(revokeSince !== null && (await hasLeftTokens(target)))) return sound;
        note({ switch: { target, turned: 'off', dry_run: dryRun } });
        if (dryRun) return success({ kind: 'dry_run', hits: await hitsOf(target, revokeSince ?? 0) });
        const now = runtime.now();
        const one: Switch = {
          id: createUlid(runtime),
          target,
          level: power.value.level,
          why,
          ...(remark === undefined ? {} : { note: remark }),
          until: read.value.for === null ? null : now + read.value.for * 1000,
          set_at: now,
        };
        const changed = await ask(() => board.set(one, revokeSince));
        if (!changed.ok) return changed;
        if (changed.value === null) {
          return failure('request_malformed', 'There are too many switches. Lift some, or switch off something wider.');
        }
        record(receipt, power.value, one, 'off');
        const { missing, revocation } = changed.value;
        return success({
          kind: 'set',
          state: { switch: one, on: true, inForce: missing === null, revocation },
          missing,
        });
      }),
    on: (receipt, read) =>
      recorded('switch', receipt, async (note) => {
        if (!read.ok) return read;
        const power = await powerOf(read.value.subjectToken, note);
        if (!power.ok) return power;
        const found = await find(power.value, read.value.id);
        if (!found.ok) return found;
        const { switch: one, on } = found.value;
        if (!on) return gone();
        if (!mayTouch(power.value, one.target)) {
          return failure('operator_required', 'Owners may lift switches of the rules that they own, and no others.');
        }
        if (power.value.level === 'owner' && one.level === 'operator') {
          return failure('operator_required', 'An operator has set this switch, so only operators may lift it.');
        }
        note({ switch: { target: one.target, turned: 'on' } });
        const changed = await ask(() => board.lift(one.id));
        if (!changed.ok) return changed;
        if (changed.value === null) return gone();
        record(receipt, power.value, one, 'on');
        return success(changed.value);
      }),
    list: (receipt, read) =>
      recorded('switch', receipt, async (note) => {
        if (!read.ok) return read;
        const power = await powerOf(read.value.subjectToken, note);
        if (!power.ok) return power;
        const states = await ask(() => board.list());
        if (!states.ok) return states;
        const told = states.value.filter(({ on, revocation }) => on || revocation?.state !== 'done');
        return success(told.flatMap((state) => shown(power.value, state) ?? []));
      }),
    show: (receipt, read) =>
      recorded('switch', receipt, async (note) => {
        if (!read.ok) return read;
        const power = await powerOf(read.value.subjectToken, note);
        return power.ok ? find(power.value, read.value.id) : power;
      }),
  };

  function gone() {
    return failure('not_found', 'There is no such switch, or it is over.');
  }

  /** What is no longer in the policy may have given tokens that still live; a slip of the pen has not. */
  async function hasLeftTokens(target: Target): Promise<boolean> {
    if (target.kind !== 'rule' && target.kind !== 'issuer') return false;
    return (await withdrawal.find(target, 0, Infinity)).names.length > 0;
  }

  async function hitsOf(target: Target, since: number): Promise<Hits> {
    const { names, unreachable } = await withdrawal.find(target, since, Infinity);
    // The owner slot of a shared token's name begins with an s.
    const shared = names.filter((name) => name.split('.')[3]?.startsWith('s')).length;
    return { rules: rulesHit(policy, target), live: names.length, shared, incomplete: unreachable };
  }
}

/** What is on record of a long claim is cut, and so is what it is compared with. */
function comparable(target: Target): Target {
  if (target.kind !== 'identity') return target;
  const claims = Object.entries(target.claims).map(([claim, value]) => [claim, cut(value)] as const);
  return { ...target, claims: Object.fromEntries(claims) };
}
