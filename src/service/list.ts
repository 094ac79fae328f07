// Lists live tokens from InfluxDB's own catalogue: a caller's own, or for an operator everybody's; or a caller's own that have ended, from
// the trail. It never contacts an instance that is not open to the caller. If one does not answer, only its own tokens are missing.

import type { Receipt, Recorded } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Keyring } from '../foundation/keyring.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { InfluxClient } from '../influx/client.ts';
import { type LedgerEntry, type LedgerPage, listLive } from '../influx/ledger.ts';
import { ownerDigests } from '../influx/name.ts';
import { knownRules, rolesOf } from '../policy/decision/candidates.ts';
import { ownerOf } from '../policy/decision/decide.ts';
import { NEAREST_OF } from '../policy/decision/evaluate.ts';
import { strangerRefusal, unknownInstance } from '../policy/decision/refusal.ts';
import type { AllowRule, CompiledPolicy } from '../policy/language/compiled.ts';
import type { EndedToken, ListEnded } from './ended.ts';
import type { Identify } from './identify.ts';

export interface ListFilter {
  /** Everybody's tokens; for operators. */
  readonly all: boolean;
  /** The caller's own tokens that have ended within a day, instead of those that live. */
  readonly ended: boolean;
  readonly rule?: string;
  readonly instance?: string;
  /** The last name of the page before. */
  readonly after?: string;
}

export type ListRequest = Result<{ readonly subjectToken: string; readonly filter: ListFilter }>;

/** A token that lives, or that has ended. */
export type ListedToken = LedgerEntry & Partial<Pick<EndedToken, 'endedAt' | 'end' | 'by'>>;

export interface TokenPage {
  readonly entries: readonly ListedToken[];
  /** Instances that were asked and could not be read, for ended tokens gates: their tokens are missing. */
  readonly incomplete: readonly string[];
  /** Pass it as `after` for the next page; null on the last one. */
  readonly next: string | null;
}

export type List = (receipt: Receipt, read: ListRequest) => Promise<Result<TokenPage>>;

export interface ListDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly listEnded: ListEnded;
  readonly keyring: Keyring;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'alarm'>;
}

const PAGE_SIZE = 100;
/** Rules whose ended tokens are looked for; few callers are known to as many. */
const MAX_RULES = 100;

export function createList({
  identify,
  policy,
  clients,
  listEnded,
  keyring,
  recorded,
  runtime,
}: ListDependencies): List {
  return (receipt, read) =>
    recorded('list', receipt, async (note) => {
      if (!read.ok) return read;
      const { subjectToken, filter } = read.value;
      const identity = await identify(subjectToken, note);
      if (!identity.ok) return identity;

      const { issuer, claims } = identity.value;
      const caller = { issuer: issuer.name, claims };
      const known = knownRules(policy, caller);
      if (known.isEmpty) return { ok: false, failure: strangerRefusal(issuer, caller) };
      const isOperator = rolesOf(policy, caller).has('operator');
      if (filter.all && filter.ended) {
        return failure(
          'request_malformed',
          '`ended` lists your own tokens. For those of others, operators read GET /v1/audit/events.',
        );
      }
      if (filter.all && !isOperator) {
        return failure('operator_required', 'Only operators may list the tokens of others.');
      }
      const open = Object.keys(policy.instances).filter((name) => isOperator || known.hasInstance(name));
      const { instance } = filter;
      if (instance !== undefined && !open.includes(instance)) {
        const told = isOperator ? open : known.some(NEAREST_OF).map((rule) => rule.instance);
        return { ok: false, failure: unknownInstance(instance, told) };
      }
      const owners = filter.all ? undefined : await ownerDigests(keyring, ownerOf(identity.value));
      if (filter.ended) {
        const page = await readEnded(filter, known.some(MAX_RULES), owners ?? []);
        if (page.incomplete.length > 0) note({ incomplete: page.incomplete });
        return success(page);
      }
      const page = await readPage(filter, instance === undefined ? open : [instance], owners);
      if (page.incomplete.length > 0) note({ incomplete: page.incomplete });
      return success(page);
    });

  async function readEnded(
    { rule, instance }: ListFilter,
    known: readonly AllowRule[],
    owners: readonly string[],
  ): Promise<TokenPage> {
    const grants = known
      .filter((one) => (rule ?? one.name) === one.name && (instance ?? one.instance) === one.instance)
      .map((one) => ({ rule: one.name, instance: one.instance }));
    const { tokens, incomplete } = await listEnded(grants, owners);
    return { entries: tokens, incomplete, next: null };
  }

  /** All at once, because a dead instance must not use up the time of the others. */
  async function readPage(
    filter: ListFilter,
    instances: readonly string[],
    owners: readonly string[] | undefined,
  ): Promise<TokenPage> {
    const asked = inOrder(instances, filter.after ?? '');
    const pages = await Promise.all(asked.map((instance) => readInstance(instance, filter, owners)));
    const entries: LedgerEntry[] = [];
    const incomplete: string[] = [];
    for (const [at, instance] of asked.entries()) {
      const page = pages[at]!;
      if (page === null) {
        // The cursor passes this instance by: once it answers, the caller starts again from the first page.
        incomplete.push(instance);
        continue;
      }
      const room = PAGE_SIZE - entries.length;
      entries.push(...page.entries.slice(0, room));
      const next = page.entries.length > room ? entries.at(-1)!.name.text : page.next;
      if (next !== null) return { entries, incomplete, next };
    }
    return { entries, incomplete, next: null };
  }

  /** Null when it cannot be read. */
  async function readInstance(
    instance: string,
    { after = '', rule }: ListFilter,
    owners: readonly string[] | undefined,
  ): Promise<LedgerPage | null> {
    const client = clients.get(instance);
    if (client === undefined) return null;
    const query = {
      instance,
      after,
      limit: PAGE_SIZE,
      ...(rule === undefined ? {} : { rule }),
      ...(owners === undefined ? {} : { owners }),
    };
    const page = await listLive(client, query, keyring);
    if (page !== 'refused') return page;
    runtime.alarm('admin_token_refused', { instance });
    return null;
  }
}

/**
 * In the order in which their tokens' names sort, without the instances that the cursor has passed. The names of an instance's tokens all
 * begin alike.
 */
function inOrder(instances: readonly string[], after: string): readonly string[] {
  return instances.filter((name) => after <= `sts.${name}.~`).sort((a, b) => (`sts.${a}.` < `sts.${b}.` ? -1 : 1));
}
