// The gate: the one durable step before every mint. It says yes or no, and writes down who is about to get what, in one transaction without
// a wait. It decides nothing by a policy of its own, and never calls InfluxDB.

import type { Runtime } from '../foundation/runtime.ts';
import { coveredNames } from './covered-names.ts';
import type { GateLife } from './gate-life.ts';
import type { GateStorage } from './gate-storage.ts';
import { canonical, type Facts, type Outcome, readObject, type Settlement } from './record.ts';
import { searchEntries } from './search.ts';
import { coveringSwitch } from './switches.ts';
import type { Trail, Written } from './trail.ts';

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
    seal: string,
  ) => Promise<Verdict>;
  /** Says what became of an admission. May be repeated. @param settlement canonical JSON. */
  readonly settle: (format: number, id: string, settlement: string) => Promise<void>;
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
  /** Entries, newest first; see `search.ts`. */
  readonly search: (format: number, query: string) => Promise<string>;
}

/** What a gate answers to `takeSwitches`. */
export interface TakenSwitches {
  /** Open admissions that its list covers: InfluxDB may still be asked for those. */
  readonly open: number;
  /** The list that it has, if that is a newer one. */
  readonly newer?: { readonly version: number; readonly list: string };
}

/** The part of a gate that its object calls, once the gate is alive. */
export interface GateCore {
  readonly admit: (...call: Parameters<Gate['admit']>) => Verdict;
  readonly settle: (...call: Parameters<Gate['settle']>) => void;
  readonly refuse: (...call: Parameters<Gate['refuse']>) => void;
  readonly write: (...call: Parameters<Gate['write']>) => void;
  readonly lookUp: (...call: Parameters<Gate['lookUp']>) => string;
  readonly takeSwitches: (...call: Parameters<Gate['takeSwitches']>) => string;
  readonly coveredNames: (...call: Parameters<Gate['coveredNames']>) => string;
  readonly search: (...call: Parameters<Gate['search']>) => string;
}

export interface GateDependencies {
  readonly digit: string;
  readonly storage: GateStorage;
  readonly life: GateLife;
  readonly trail: Trail;
  readonly runtime: Pick<Runtime, 'now'>;
}

/** What nobody settled within this time is closed as `unknown`. */
export const SETTLE_WITHIN_MS = 60_000;

/** Different people may be refused by the same rule; a minute keeps an entry for each of so many, and one for all others of a rule. */
const REFUSALS_PER_MINUTE = 60;

const MINUTE_MS = 60_000;

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

  function recordPolicy(policy: string, request: string): void {
    if (policies.has(policy)) return;
    const id = `policy:${policy}`;
    if (storage.run('SELECT 1 AS seen FROM entries WHERE id = ? LIMIT 1', id).length === 0) {
      trail.appendOwn(id, { kind: 'policy', policy, request_id: request }, { outcome: 'done' });
    }
    policies.add(policy);
  }

  return {
    admit: (format, id, claim, claimUntil, issuedAt, keep, policy, facts, personal, seal) => {
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
          'INSERT INTO open (id, at, claim, facts, personal, seal) SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM entries WHERE id = ?1) ON CONFLICT DO NOTHING RETURNING id',
          id,
          now,
          claim,
          facts,
          personal,
          seal,
        );
        if (opened.length === 0) {
          // INVARIANT: every yes writes, so that an instance of this object that was superseded cannot say yes.
          const again = storage.run(`UPDATE open SET at = at WHERE id = ? AND facts <> '' RETURNING id`, id);
          if (again.length > 0) return 'admitted';
          if (claimed === 'fresh') storage.run('DELETE FROM claims WHERE key = ? AND id = ?', claim, id);
          return 'settled';
        }
        recordPolicy(policy, id);
        return 'admitted';
      });
      if (verdict === 'admitted') {
        life.keepFor(keep);
        life.wakeAt(now + SETTLE_WITHIN_MS);
      }
      return verdict;
    },
    settle: (format, id, text) => {
      if (format !== FORMAT) return;
      const settlement = readObject<Settlement>(text);
      storage.transaction(() => {
        const [open] = storage.run(
          `DELETE FROM open WHERE id = ? AND facts <> '' RETURNING claim, facts, personal, seal`,
          id,
        );
        if (open !== undefined) {
          const { claim, facts, personal, seal } = open as Readonly<Record<string, string>>;
          trail.append({ id, facts: facts!, result: text, personal: personal!, seal: seal! });
          trail.count(readObject<Facts>(facts!).rule ?? '', settlement.outcome, settlement.reason ?? '', 1);
          if (claim !== '' && givesBack(settlement.outcome)) {
            storage.run('DELETE FROM claims WHERE key = ? AND id = ?', claim!, id);
          }
          return;
        }
        correct(id, settlement);
      });
      life.wakeAt(runtime.now() + SETTLE_WITHIN_MS);
    },
    refuse: (format, who, count, { id, facts, result, personal, seal }) => {
      if (format !== FORMAT) return;
      const { rule = '' } = readObject<Facts>(facts);
      const { reason = '' } = readObject<Settlement>(result);
      storage.transaction(() => {
        trail.count(rule, 'refused', reason, count);
        if (life.fullness() !== 'roomy') return life.leaveOut(count);
        const minute = Math.floor(runtime.now() / MINUTE_MS);
        const add = (key: string) =>
          storage.run(
            'UPDATE refusals SET count = count + ? WHERE minute = ? AND who = ? RETURNING who',
            count,
            minute,
            key,
          );
        if (add(who).length > 0) return;
        const kept = Number(storage.run('SELECT count(*) AS n FROM refusals WHERE minute = ?', minute)[0]!.n);
        const key = kept < REFUSALS_PER_MINUTE ? who : `${rule} ${reason}`;
        if (key !== who && add(key).length > 0) return;
        if (kept >= 2 * REFUSALS_PER_MINUTE) return life.leaveOut(count);
        const person = key === who ? { personal, seal } : { personal: '', seal: '' };
        storage.run(
          'INSERT INTO refusals (minute, who, count, id, facts, result, personal, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          minute,
          key,
          count,
          id,
          facts,
          result,
          person.personal,
          person.seal,
        );
      });
      life.wakeAt(runtime.now() + MINUTE_MS);
    },
    write: (format, written) => {
      if (format !== FORMAT) return;
      const { kind } = readObject<Facts>(written.facts);
      // Near its limit the gate keeps what stops or ends a token, and leaves out the rest.
      if (life.fullness() !== 'roomy' && kind !== 'revoke' && kind !== 'switch') return life.leaveOut(1);
      storage.transaction(() => trail.append(written));
      life.wakeAt(runtime.now() + SETTLE_WITHIN_MS);
    },
    lookUp: (format, id) => {
      if (format !== FORMAT) return '';
      const [entry] = storage.run('SELECT result FROM entries WHERE id = ? ORDER BY number DESC LIMIT 1', id);
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
    search: (format, query) =>
      format === FORMAT ? searchEntries(storage, digit, query) : '{"entries":[],"reached":0}',
  };

  /** A settlement that comes after the admission was closed, twice, or before the admission. It never gives back a claim. */
  function correct(id: string, settlement: Settlement): void {
    const [last] = storage.run(
      'SELECT number, facts, result, personal, seal FROM entries WHERE id = ? ORDER BY number DESC LIMIT 1',
      id,
    );
    if (last === undefined) {
      // The admission was overtaken: when it comes, it is refused.
      storage.run(
        `INSERT INTO open (id, at, claim, facts, personal, seal) VALUES (?, ?, '', '', '', '') ON CONFLICT DO NOTHING`,
        id,
        runtime.now(),
      );
      return;
    }
    if (readObject<Settlement>(String(last.result)).outcome === settlement.outcome) return;
    storage.run('DELETE FROM unresolved WHERE id = ?', id);
    trail.append({
      id,
      facts: String(last.facts),
      result: canonical({ ...settlement, corrects: Number(last.number) }),
      personal: String(last.personal),
      seal: String(last.seal),
    });
  }
}

/** Whether the subject token is as good as before: nothing was made that anybody could hold. */
function givesBack(outcome: Outcome): boolean {
  return outcome === 'failed' || outcome === 'abandoned';
}
