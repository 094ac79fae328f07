// What a person may choose from: the rules that match them, entry by entry, with what a deny rule would refuse left out, and the existing
// databases that their patterns cover, and the switches that cover them. It grants nothing, and asks InfluxDB for nothing but the names of
// databases, for callers whom a rule admits alone.

import type { SwitchboardStub } from '../admission/board/board-parts.ts';
import type { Switch, Target } from '../admission/switch.ts';
import { coveringSwitch } from '../admission/switches.ts';
import type { Receipt, Recorded } from '../audit/recorder.ts';
import { withinDeadline } from '../foundation/deadline.ts';
import { type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Identity } from '../identity/verifier.ts';
import type { InfluxClient } from '../influx/client.ts';
import { evaluate } from '../policy/decision/evaluate.ts';
import type { AllowRule, CompiledPolicy } from '../policy/language/compiled.ts';
import { concreteTriples, covers, type Entry, showEntry, showName } from '../policy/language/entry.ts';
import { INTERNAL_DATABASE, type Triple } from '../policy/language/permission.ts';
import type { Identify } from './identify.ts';
import { personalOf } from './personal.ts';
import { describeWho, matchingRules, type Who } from './whoami.ts';

export interface Offer {
  readonly who: Who;
  /** In the order in which the policy tries them. */
  readonly rules: readonly OfferedRule[];
  /** Instances whose databases could not be listed: suggestions for them are missing. */
  readonly unlisted: readonly string[];
}

/** What an operator, or an owner of the rule, has switched off. */
export interface OfferedSwitch {
  /** In words for the person. */
  readonly what: string;
  readonly why: string;
  /** Milliseconds since the epoch; null until somebody lifts it. */
  readonly until: number | null;
}

export interface OfferedRule {
  readonly rule: string;
  readonly instance: string;
  readonly entries: readonly OfferedEntry[];
  /** Entries of the rule that would be refused at the moment, as the policy has them. */
  readonly withheld: readonly string[];
  /** Seconds. */
  readonly ttl: { readonly default: number; readonly max: number };
  /** Several callers receive the same token, of one fixed life. */
  readonly share: boolean;
  readonly withinSubjectToken: boolean;
  /** Why nothing is vended by it at the moment. */
  readonly switchedOff: OfferedSwitch | null;
}

export interface OfferedEntry {
  readonly type: Triple['type'];
  /** A name that can be asked for as it stands; a pattern needs one that it covers. */
  readonly kind: 'name' | 'pattern';
  readonly name: string;
  readonly actions: readonly string[];
  /** Of a pattern: existing databases that it covers, at most 50. */
  readonly suggestions: readonly string[];
  /** InfluxDB has no such database. */
  readonly missing: boolean;
}

export type MakeOffer = (receipt: Receipt, subjectToken: Result<string>) => Promise<Result<Offer>>;

export interface OfferDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly board: Pick<SwitchboardStub, 'list'>;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'after' | 'alarm' | 'now'>;
}

/** More than a person chooses from; they bound the work and the page. */
const MAX_RULES = 20;
const MAX_ENTRIES = 60;
const MAX_SUGGESTIONS = 50;
/** A person waits for the page, and can type a name where suggestions are missing; a vend hears of each switch anyway. */
const PATIENCE_MS = 2_000;

export function createOffer({ identify, policy, clients, board, recorded, runtime }: OfferDependencies): MakeOffer {
  return (receipt, subjectToken) =>
    recorded('offer', receipt, async (note) => {
      if (!subjectToken.ok) return subjectToken;
      const identity = await identify(subjectToken.value, note);
      if (!identity.ok) return identity;
      const rules = matchingRules(policy, identity.value, runtime.now()).slice(0, MAX_RULES);
      const instances = [...new Set(rules.map(({ instance }) => instance))];
      const [switches, ...lists] = await Promise.all([switchesFor(rules), ...instances.map(databasesOf)]);
      const databases = new Map(instances.map((instance, at) => [instance, lists[at]!]));
      return success({
        who: describeWho(policy, identity.value),
        rules: rules.map((rule) => ({
          ...offerOf(rule, identity.value, databases.get(rule.instance)!),
          switchedOff: switchOn(rule, identity.value, switches),
        })),
        unlisted: instances.filter((instance) => databases.get(instance) === null),
      });
    });

  /** None when they cannot be told in time. */
  async function switchesFor(rules: readonly AllowRule[]): Promise<readonly Switch[]> {
    if (rules.length === 0) return [];
    const states = await withinDeadline(board.list(), PATIENCE_MS, runtime);
    return (states ?? []).map((state) => state.switch);
  }

  /** The one that a gate would name. */
  function switchOn(rule: AllowRule, identity: Identity, switches: readonly Switch[]): OfferedSwitch | null {
    const facts = JSON.stringify({ rule: rule.name, issuer: identity.issuer.name, instance: rule.instance });
    const personal = JSON.stringify(personalOf(identity, rule));
    const covering = coveringSwitch(switches, facts, personal, runtime.now());
    return covering === undefined
      ? null
      : { what: targetWords(covering.target), why: covering.why, until: covering.until };
  }

  /** Null when they could not be listed in time. */
  async function databasesOf(instance: string): Promise<readonly string[] | null> {
    const client = clients.get(instance);
    if (client === undefined) return null;
    const names = await withinDeadline(client.listDatabases(), PATIENCE_MS, runtime);
    if (names !== 'refused') return names;
    runtime.alarm('admin_token_refused', { instance });
    return null;
  }

  function offerOf(
    rule: AllowRule,
    identity: Identity,
    databases: readonly string[] | null,
  ): Omit<OfferedRule, 'switchedOff'> {
    const entries = rule.entries
      .slice(0, MAX_ENTRIES)
      .map((entry) => ({ entry, offered: offerEntry(rule, entry, identity, databases) }));
    return {
      rule: rule.name,
      instance: rule.instance,
      entries: entries.map(({ offered }) => offered).filter(({ actions }) => actions.length > 0),
      withheld: entries.filter(({ offered }) => offered.actions.length === 0).map(({ entry }) => showEntry(entry)),
      ttl: rule.ttl,
      share: rule.share,
      withinSubjectToken: rule.withinSubjectToken,
    };
  }

  function offerEntry(
    rule: AllowRule,
    entry: Entry,
    identity: Identity,
    databases: readonly string[] | null,
  ): OfferedEntry {
    const { type, name } = entry;
    const granted = (triple: Triple) => isGranted(rule, triple, identity);
    // A wildcard is both: `*` can be asked for, and so can any one name.
    const concrete = name.kind === 'wildcard' ? null : concreteTriples(entry, identity.claims);
    if (concrete !== null || name.kind === 'template') {
      const triples = (concrete ?? []).filter(granted);
      const text = triples[0]?.name ?? showName(name);
      const missing = type === 'db' && databases !== null && !databases.includes(text);
      return { type, kind: 'name', name: text, actions: triples.map(actionOf), suggestions: [], missing };
    }
    const covered = (databases ?? [])
      .filter((one) => one !== INTERNAL_DATABASE)
      .filter((one) => covers(entry, { type, name: one, action: entry.actions[0]! }, identity.claims))
      .map((one) => entry.actions.map((action) => ({ type, name: one, action })).filter(granted))
      .filter((triples) => triples.length > 0)
      .slice(0, MAX_SUGGESTIONS);
    // A name that nobody has yet may be typed too, so an action is left out only when a deny rule meets every name.
    const typed = (action: string) => granted({ type, name: showName(name).replaceAll('*', 'x'), action });
    const actions = entry.actions.filter(
      (action) => typed(action) || covered.some((triples) => triples.map(actionOf).includes(action)),
    );
    const suggestions = covered.map(([triple]) => triple!.name);
    return { type, kind: 'pattern', name: showName(name), actions, suggestions, missing: false };
  }

  /** The policy's own verdict, so that the offer and the answer cannot differ. */
  function isGranted(rule: AllowRule, triple: Triple, { issuer, claims }: Identity): boolean {
    const caller = { issuer: issuer.name, claims };
    return evaluate(policy, caller, { rule: rule.name, permissions: [triple] }, runtime.now()).result.ok;
  }
}

function targetWords(target: Target): string {
  switch (target.kind) {
    case 'everything':
      return 'everything';
    case 'identity':
      return 'your identity';
    default:
      return `the ${target.kind} "${target.name}"`;
  }
}

function actionOf({ action }: Triple): string {
  return action;
}
