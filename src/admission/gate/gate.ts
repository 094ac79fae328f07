// The gate: the one durable step before every mint. It says yes or no, and writes down who is about to get what, in one transaction without
// a wait. It decides nothing by a policy of its own, and never calls InfluxDB.

import type { Runtime } from '../../foundation/runtime.ts';
import { canonical, type Facts, type Outcome, readObject, type Settlement } from '../record.ts';
import { coveringSwitch } from '../switches.ts';
import { coveredNames } from './covered-names.ts';
import { addRefusals, MINUTE_MS } from './folding.ts';
import type { Fullness, GateLife } from './gate-life.ts';
import { FRESH_SALT, type GateStorage } from './gate-storage.ts';
import { searchEntries } from './search.ts';
import type { Trail, Written } from './trail.ts';
import { readUsage } from './usage.ts';

/** Of the calls below. A gate of an older version does not guess what a newer one means. */
export const FORMAT = 1;

/** What a gate answers to `admit`: one of these words, or the switch that covers the vend as JSON, `{"switched_off": ...}`. */
export type Verdict = 'admitted' | 'replayed' | 'reborn' | 'settled' | 'full' | 'format' | `{${string}`;

/** A gate as the rest of the service calls it: plain strings and numbers only, because those cross cheaply. Rejects when it cannot be reached. */
export interface Gate {
  /**
   * May be repeated: the same id gets the same answer.
   * @param claim the digest of the subject token's signer and jti, or empty where it may be used again.
   * @param claimUntil seconds since the epoch.
   * @param issuedAt of the subject token, seconds since the epoch.
   * @param keep seconds for which entries are kept.
   */
  readonly admit: (
    format: number,
    id: string,
    claim: string,
    claimUntil: number,
    issuedAt: number,
    keep: number,
    policy: string,
    facts: string,
    personal: string,
  ) => Promise<Verdict>;
  /** Says what became of admissions. May be repeated. */
  readonly settle: (format: number, settled: readonly Settled[]) => Promise<void>;
  /** @param who a digest of the identity, the rule and the reason. @param count how many refusals more. */
  readonly refuse: (format: number, who: string, count: number, written: Written) => Promise<void>;
  /** Appends an entry of another kind. */
  readonly write: (format: number, written: Written) => Promise<void>;
  /** What became of an admission: the latest settlement, `open`, or empty where this gate knows nothing of it. */
  readonly lookUp: (format: number, id: string) => Promise<string>;
  /**
   * Takes a list of switches that is newer than its own. From the answer on it admits nothing that its list covers.
   * @returns `TakenSwitches` as JSON.
   */
  readonly takeSwitches: (format: number, version: number, list: string) => Promise<string>;
  /** Names of tokens that a target covers; see `covered-names.ts`. */
  readonly coveredNames: (format: number, target: string, since: number, below: number) => Promise<string>;
  /** Entries, newest first; see `search.ts`. Empty where it does not know the format. */
  readonly search: (format: number, query: string) => Promise<string>;
  /** When each rule was last used; see `usage.ts`. */
  readonly usage: (format: number) => Promise<string>;
  /** How full it is, or `format`. */
  readonly state: (format: number) => Promise<GateState>;
}

/** What became of one admission. */
export interface Settled {
  readonly id: string;
  readonly outcome: Outcome;
  /** Empty where there is none. */
  readonly reason: string;
  /** The `Settlement`, canonical JSON. */
  readonly settlement: string;
}

/** What a gate answers to `takeSwitches`. */
export interface TakenSwitches {
  /** Open admissions that its list covers: InfluxDB may still be asked for those. */
  readonly open: number;
  /** The list that it has, if that is a newer one. */
  readonly newer?: { readonly version: number; readonly list: string };
}

export type GateState = Fullness | 'format';

/** The part of a gate that its object calls, once the gate is alive. A search makes digests, which only come later. */
export type GateCore = Pick<Gate, 'search'> & {
  readonly [Call in Exclude<keyof Gate, 'search'>]: (
    ...call: Parameters<Gate[Call]>
  ) => Awaited<ReturnType<Gate[Call]>>;
};

export interface GateDependencies {
  readonly digit: string;
  readonly storage: GateStorage;
  readonly life: GateLife;
  readonly trail: Trail;
  readonly runtime: Pick<Runtime, 'now'>;
}

/** What nobody settled within this time is closed as `unknown`. */
export const SETTLE_WITHIN_MS = 60_000;

/** A refusal of a hand-out and a revocation have the id of an admission too. */
const IS_ADMISSION = `json_extract(facts, '$.kind') IN ('vend', 'hand_out', 'mint')`;
/** The kind stands first in the facts. */
const IS_REVOCATION = `instr(facts, '"kind":"revoke"') = 2`;

export function createGate({ digit, storage, life, trail, runtime }: GateDependencies): GateCore {
  /** Digests of policies that this instance has seen recorded; it only saves the question. */
  const policies = new Set<string>();

  /** Whether the claim is this admission's; `fresh` when it has just been made. */
  function claimFor(key: string, until: number, id: string): 'fresh' | 'held' | 'taken' {
    const made = storage.run(
      'INSERT INTO claims (key, until, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id',
      key,
      until,
      id,
    );
    if (made.length > 0) return 'fresh';
    return storage.run('SELECT id FROM claims WHERE key = ?', key)[0]?.id === id ? 'held' : 'taken';
  }

  const isKept = (id: string) => storage.run('SELECT 1 AS kept FROM entries WHERE id = ? LIMIT 1', id).length > 0;

  function isSaid({ id, result }: Written): boolean {
    const query = `SELECT 1 AS said FROM entries WHERE id = ? AND result = ? AND ${IS_REVOCATION} LIMIT 1`;
    return storage.run(query, id, result).length > 0;
  }

  /** The newest entry of an admission. That its token was revoked says nothing of what became of the create. */
  function lastOf(id: string) {
    return storage.run(
      `SELECT number, facts, result, personal, salt FROM entries WHERE id = ? AND ${IS_ADMISSION} ORDER BY number DESC LIMIT 1`,
      id,
    )[0];
  }

  function recordPolicy(policy: string, facts: string, admission: string): void {
    if (policies.has(policy)) return;
    const id = `policy:${policy}`;
    if (!isKept(id)) {
      const { request_id = admission } = readObject<Facts>(facts);
      trail.appendOwn(id, { kind: 'policy', policy, request_id }, { outcome: 'done' });
    }
    policies.add(policy);
  }

  return {
    admit: (format, id, claim, claimUntil, issuedAt, keep, policy, facts, personal) => {
      if (format !== FORMAT) return 'format';
      if (life.fullness() === 'full') return 'full';
      const now = runtime.now();
      const verdict = storage.transaction((): Verdict => {
        const off = coveringSwitch(life.switches(), facts, personal, now);
        if (off !== undefined) return `{"switched_off":${JSON.stringify(off)}}` as Verdict;
        let claimed: ReturnType<typeof claimFor> | null = null;
        if (claim !== '') {
          // What was used before the storage was lost cannot be told any more, so only tokens from after that are believed.
          if (issuedAt * 1000 < life.believesFrom()) return 'reborn';
          claimed = claimFor(claim, claimUntil, id);
          if (claimed === 'taken') return 'replayed';
        }
        const opened = storage.run(
          `INSERT INTO open (id, at, claim, facts, personal, salt) SELECT ?1, ?2, ?3, ?4, ?5, ${FRESH_SALT} WHERE NOT EXISTS (SELECT 1 FROM entries WHERE id = ?1) ON CONFLICT DO NOTHING RETURNING id`,
          id,
          now,
          claim,
          facts,
          personal,
        );
        if (opened.length === 0) {
          // INVARIANT: every yes writes, so that an instance of this object that was superseded cannot say yes.
          const again = storage.run(`UPDATE open SET at = at WHERE id = ? AND facts <> '' RETURNING id`, id);
          if (again.length > 0) return 'admitted';
          if (claimed === 'fresh') storage.run('DELETE FROM claims WHERE key = ? AND id = ?', claim, id);
          return 'settled';
        }
        recordPolicy(policy, facts, id);
        return 'admitted';
      });
      if (verdict === 'admitted') {
        life.keepFor(keep);
        life.wakeAt(now + SETTLE_WITHIN_MS);
      }
      return verdict;
    },
    settle: (format, settled) => {
      if (format !== FORMAT) return;
      storage.transaction(() => {
        for (const one of settled) settleOne(one);
      });
      life.wakeAt(runtime.now() + SETTLE_WITHIN_MS);
    },
    refuse: (format, who, count, written) => {
      if (format !== FORMAT) return;
      const { rule = '' } = readObject<Facts>(written.facts);
      const { outcome, reason = '' } = readObject<Settlement>(written.result);
      storage.transaction(() => {
        trail.count(rule, outcome, reason, count);
        if (life.fullness() !== 'roomy') return life.leaveOut(count);
        if (!addRefusals(storage, runtime.now(), who, count, written)) life.leaveOut(count);
      });
      life.wakeAt(runtime.now() + MINUTE_MS);
    },
    write: (format, written) => {
      if (format !== FORMAT) return;
      const { kind } = readObject<Facts>(written.facts);
      // Near its limit the gate keeps what stops or ends a token, and leaves out the rest.
      if (life.fullness() !== 'roomy' && kind !== 'revoke' && kind !== 'switch') return life.leaveOut(1);
      // Only the first sight of a key is news; a revocation may be repeated without end.
      if (kind === 'key' && isKept(written.id)) return;
      if (kind === 'revoke' && isSaid(written)) return;
      storage.transaction(() => trail.append(written));
      life.wakeAt(runtime.now() + SETTLE_WITHIN_MS);
    },
    lookUp: (format, id) => {
      if (format !== FORMAT) return '';
      const entry = lastOf(id);
      if (entry !== undefined) return String(entry.result);
      return storage.run(`SELECT 1 AS open FROM open WHERE id = ? AND facts <> ''`, id).length > 0 ? 'open' : '';
    },
    takeSwitches: (format, version, list) => {
      // A board that speaks a newer language is not in force here, and must not believe so.
      if (format !== FORMAT) throw new Error('an unknown format');
      const has = life.takeSwitches(version, list);
      const now = runtime.now();
      const open = storage.run(`SELECT facts, personal FROM open WHERE facts <> ''`);
      const taken: TakenSwitches = {
        open: open.filter(
          ({ facts, personal }) => coveringSwitch(life.switches(), String(facts), String(personal), now) !== undefined,
        ).length,
        ...(has.version > version ? { newer: { version: has.version, list: has.text } } : {}),
      };
      return JSON.stringify(taken);
    },
    coveredNames: (format, target, since, below) =>
      format === FORMAT ? coveredNames(storage, target, since, below) : '{"names":[],"next":null}',
    search: async (format, query) => (format === FORMAT ? searchEntries(storage, digit, query) : ''),
    state: (format) => (format === FORMAT ? life.fullness() : 'format'),
    usage: (format) => (format === FORMAT ? readUsage(storage) : ''),
  };

  function settleOne({ id, outcome, reason, settlement }: Settled): void {
    const [open] = storage.run(
      `DELETE FROM open WHERE id = ? AND facts <> '' RETURNING claim, facts, personal, salt, json_extract(facts, '$.rule') AS rule`,
      id,
    );
    if (open === undefined) {
      correct(id, readObject<Settlement>(settlement));
      return;
    }
    const { claim, facts, personal, salt, rule } = open as Readonly<Record<string, string>>;
    trail.append({ id, facts: facts!, result: settlement, personal: personal! }, salt);
    trail.count(rule ?? '', outcome, reason, 1);
    if (claim !== '' && givesBack(outcome)) {
      storage.run('DELETE FROM claims WHERE key = ? AND id = ?', claim!, id);
    }
  }

  /** A settlement that comes after the admission was closed, twice, or before the admission. It never gives back a claim. */
  function correct(id: string, settlement: Settlement): void {
    const last = lastOf(id);
    if (last === undefined) {
      // The admission was overtaken: when it comes, it is refused.
      storage.run(
        `INSERT INTO open (id, at, claim, facts, personal, salt) VALUES (?, ?, '', '', '', '') ON CONFLICT DO NOTHING`,
        id,
        runtime.now(),
      );
      return;
    }
    if (readObject<Settlement>(String(last.result)).outcome === settlement.outcome) return;
    storage.run('DELETE FROM unresolved WHERE id = ?', id);
    trail.append(
      {
        id,
        facts: String(last.facts),
        result: canonical({ ...settlement, corrects: Number(last.number) }),
        personal: String(last.personal),
      },
      String(last.salt),
    );
  }
}

/** Whether the subject token is as good as before: nothing was made that anybody could hold. */
function givesBack(outcome: Outcome): boolean {
  return outcome === 'failed' || outcome === 'abandoned';
}
