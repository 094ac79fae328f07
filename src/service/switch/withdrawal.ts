// Finds and ends the live tokens that a target covers. A name tells its rule and its instance; whose token it is, in terms of claims, only
// the records tell. What lives is what InfluxDB's own catalogue says. It never touches a name that this service did not make.

import type { FoundTokens, Withdrawal } from '../../admission/board/mass-revoke.ts';
import type { CoveredNames } from '../../admission/gate/covered-names.ts';
import { FORMAT, type Gate } from '../../admission/gate/gate.ts';
import { GATES } from '../../admission/gate-calls.ts';
import type { Limits } from '../../admission/limit/limits.ts';
import { readObject } from '../../admission/record.ts';
import type { Target } from '../../admission/switch.ts';
import { withinDeadline } from '../../foundation/deadline.ts';
import type { Keyring } from '../../foundation/keyring.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { InfluxClient } from '../../influx/client.ts';
import { listLive } from '../../influx/ledger.ts';
import { readName, type TokenName } from '../../influx/name.ts';
import type { Sharing } from '../../influx/sharing.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';

export interface WithdrawalDependencies {
  readonly policy: CompiledPolicy;
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly keyring: Keyring;
  readonly gates: (digit: string) => Gate;
  readonly limits: Pick<Limits, 'free'>;
  readonly sharing: Pick<Sharing, 'evict'>;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'waitUntil'>;
}

/** Names that one request lists. */
const PAGE = 5_000;
/** So many pages of an instance are read at a time: more live tokens than that are found by the next listing. */
const MAX_PAGES = 20;
/** For one page of a gate's entries. */
const GATE_TIMEOUT_MS = 10_000;
/** Tokens of an earlier policy may have been given longer lives than this one gives. */
const LONGEST_LIFE_MS = 24 * 3_600_000;

interface Recorded {
  readonly names: ReadonlySet<string>;
  readonly unreachable: readonly string[];
}

export function createWithdrawal(dependencies: WithdrawalDependencies): Withdrawal {
  const { policy, clients, keyring, gates, limits, sharing, runtime } = dependencies;

  /** Null when the instance does not answer. */
  async function live(instance: string, rule: string | undefined): Promise<readonly TokenName[] | null> {
    const client = clients.get(instance);
    if (client === undefined) return null;
    const found: TokenName[] = [];
    let after = '';
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = { instance, after, limit: PAGE, ...(rule === undefined ? {} : { rule }) };
      const read = await listLive(client, query, keyring);
      if (read === null || read === 'refused') return null;
      found.push(...read.entries.map(({ name }) => name));
      if (read.next === null) break;
      after = read.next;
    }
    return found;
  }

  /** The names on record that the target covers, and the gates that did not tell all of theirs. */
  async function recorded(target: Target): Promise<Recorded> {
    const longest = policy.rules.map((rule) => (rule.effect === 'allow' ? rule.ttl.max * 1000 : 0));
    const since = runtime.now() - longest.reduce((a, b) => Math.max(a, b), LONGEST_LIFE_MS);
    const names = new Set<string>();
    const unreachable: string[] = [];
    await Promise.all(
      GATES.map(async (digit) => {
        let below: number | null = Number.MAX_SAFE_INTEGER;
        while (below !== null) {
          const asked = askGate(gates(digit), target, since, below);
          const text = await withinDeadline(asked, GATE_TIMEOUT_MS, runtime);
          if (text === null) {
            unreachable.push(`gate ${digit}`);
            return;
          }
          const page: CoveredNames = readObject<CoveredNames>(text);
          for (const name of page.names) names.add(name);
          below = page.next;
        }
      }),
    );
    return { names, unreachable: unreachable.sort() };
  }

  return {
    spreadMs: Object.values(policy.instances).reduce((longest, one) => Math.max(longest, one.syncInterval), 0) * 1000,
    find: async (target, since, before): Promise<FoundTokens> => {
      const byRecord = target.kind === 'issuer' || target.kind === 'identity';
      const records = byRecord ? await recorded(target) : null;
      const instances = target.kind === 'instance' ? [target.name] : Object.keys(policy.instances);
      const rule = target.kind === 'rule' ? target.name : undefined;
      const listed = await Promise.all(instances.map((instance) => live(instance, rule)));
      return {
        names: listed
          .flatMap((list) => list ?? [])
          .filter(({ madeAt }) => madeAt >= since && madeAt < before)
          .filter(({ text }) => records === null || records.names.has(text))
          .sort((a, b) => b.madeAt - a.madeAt)
          .map(({ text }) => text),
        unreachable: [...instances.filter((_, at) => listed[at] === null), ...(records?.unreachable ?? [])],
      };
    },
    remove: async (text) => {
      const name = await readName(text, keyring);
      const client = name === null ? undefined : clients.get(name.instance);
      if (name === null || client === undefined) return false;
      // First there, because its store could otherwise hand out a token that is about to be deleted.
      if (name.shared && !(await sharing.evict(name.owner, name.text))) return false;
      const outcome = await client.deleteToken(text);
      // Beside it, because thousands may follow; InfluxDB's catalogue would tell the rule's limit all the same.
      if (outcome === 'deleted') runtime.waitUntil(limits.free(name.rule, [text]));
      return outcome === 'deleted' || outcome === 'not_found';
    },
  };
}

/** A gate that cannot even be named fails like one that cannot be reached. */
async function askGate(gate: Gate, target: Target, since: number, below: number): Promise<string> {
  return gate.coveredNames(FORMAT, JSON.stringify(target), since, below);
}
