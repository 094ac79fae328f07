// Lists live tokens from InfluxDB's own catalogue: a caller's own, or for an operator everybody's.

import type { Receipt, Recorded } from './audit/recorder.ts';
import { failure, type Result, success } from './failure.ts';
import type { Identify } from './identify.ts';
import type { InfluxClient } from './influx/client.ts';
import { type LedgerEntry, listLive } from './influx/ledger.ts';
import { ownerDigests } from './influx/name.ts';
import type { Keyring } from './keyring.ts';
import { knownRules, rolesOf } from './policy/candidates.ts';
import type { CompiledPolicy } from './policy/compiled.ts';
import { strangerRefusal } from './policy/refusal.ts';
import type { Runtime } from './runtime.ts';

export interface ListFilter {
  /** Everybody's tokens; for operators. */
  readonly all: boolean;
  readonly rule?: string;
  readonly instance?: string;
  /** The last name of the page before. */
  readonly after?: string;
}

export type ListRequest = Result<{ readonly subjectToken: string; readonly filter: ListFilter }>;

export interface TokenPage {
  readonly entries: readonly LedgerEntry[];
  /** Pass it as `after` for the next page; null on the last one. */
  readonly next: string | null;
}

export type List = (receipt: Receipt, read: ListRequest) => Promise<Result<TokenPage>>;

export interface ListDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly keyring: Keyring;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'alarm'>;
}

const PAGE_SIZE = 100;

export function createList({ identify, policy, clients, keyring, recorded, runtime }: ListDependencies): List {
  return (receipt, read) =>
    recorded('list', receipt, async (note) => {
      if (!read.ok) return read;
      const { subjectToken, filter } = read.value;
      const identity = await identify(subjectToken, note);
      if (!identity.ok) return identity;

      const { issuer, claims, subject } = identity.value;
      const caller = { issuer: issuer.name, claims };
      if (knownRules(policy, caller).isEmpty) return { ok: false, failure: strangerRefusal(issuer, caller) };
      if (filter.all && !rolesOf(policy, caller).has('operator')) {
        return failure('operator_required', 'Only operators may list the tokens of others.');
      }
      const owners = filter.all ? undefined : await ownerDigests(keyring, [issuer.iss, ...subject]);
      return readPage(filter, owners);
    });

  async function readPage(filter: ListFilter, owners: readonly string[] | undefined): Promise<Result<TokenPage>> {
    const entries: LedgerEntry[] = [];
    const after = filter.after ?? '';
    for (const instance of instancesInOrder(filter.instance)) {
      // Names of an instance begin alike, so a cursor behind them all skips it.
      if (after > `sts.${instance}.~`) continue;
      const client = clients.get(instance);
      // Half a list would be a wrong one; who can do without this instance names another.
      if (client === undefined) return unusable(instance);
      const query = {
        instance,
        after,
        limit: PAGE_SIZE - entries.length,
        ...(filter.rule === undefined ? {} : { rule: filter.rule }),
      };
      const page = await listLive(client, owners === undefined ? query : { ...query, owners }, keyring);
      if (page === null) {
        return failure('upstream_unreachable', `InfluxDB instance "${instance}" did not answer. Ask again.`);
      }
      if (page === 'refused') {
        runtime.alarm('admin_token_refused', { instance });
        return unusable(instance);
      }
      entries.push(...page.entries);
      if (page.next !== null) return success({ entries, next: page.next });
    }
    return success({ entries, next: null });
  }

  /** In the order in which their tokens' names sort. */
  function instancesInOrder(only: string | undefined): readonly string[] {
    const names = Object.keys(policy.instances).filter((name) => only === undefined || name === only);
    return names.sort((a, b) => (`sts.${a}.` < `sts.${b}.` ? -1 : 1));
  }
}

function unusable(instance: string) {
  const detail = `This service cannot use InfluxDB instance "${instance}"; its operator has been told.`;
  return failure('misconfigured', `${detail} List another one by itself.`);
}
