// Reads the trail: pages of entries, or everything of one request. One function decides who sees what of it: operators all, the owners of a
// rule what is about their rule. Each read is itself kept, folded like refusals. It never changes an entry.

import type { Facts } from '../admission/record.ts';
import type { Refusals } from '../admission/refusals.ts';
import type { Mark, RequestTrail, TrailPage, TrailReader } from '../admission/trail-reader.ts';
import type { Note, Receipt, Recorded } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { isUlid, ulidTime } from '../foundation/ulid.ts';
import { type Caller, knownRules, rolesOf } from '../policy/decision/candidates.ts';
import { rulesOwnedBy } from '../policy/decision/owners.ts';
import { strangerRefusal } from '../policy/decision/refusal.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';
import type { Identify } from './identify.ts';
import { personalOf } from './personal.ts';

/** Times are milliseconds since the epoch. */
export interface AuditQuery {
  readonly since?: number;
  readonly until?: number;
  readonly filters: Readonly<Partial<Record<AuditFilter, string>>>;
  readonly limit: number;
  readonly after: Mark | null;
}

export type AuditFilter = 'rule' | 'issuer' | 'outcome' | 'request_id' | 'token_name';

export type AuditRequest = Result<{ readonly subjectToken: string; readonly query: AuditQuery }>;
export type OneRequest = Result<{ readonly subjectToken: string; readonly requestId: string }>;

export type ReadAuditEvents = (receipt: Receipt, read: AuditRequest) => Promise<Result<TrailPage>>;
export type ShowAuditRequest = (receipt: Receipt, read: OneRequest) => Promise<Result<RequestTrail>>;

export interface AuditEventsDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly trail: Pick<TrailReader, 'page' | 'request'>;
  readonly reads: Refusals;
  readonly recorded: Recorded;
  readonly runtime: Pick<Runtime, 'now'>;
}

const HOUR_MS = 3_600_000;
/** Each page looks at the entries of its window one by one, because only numbers and names have an index. */
const LONGEST_WINDOW_MS = 24 * HOUR_MS;
/** The clock that made an id may be ahead of the gate's. */
const SKEW_MS = 60_000;

/** What a caller sees of the trail, and as whom they read it. */
interface Reader {
  readonly actor: 'operator' | 'owner';
  /** The rules to which it is bounded; null for all entries. */
  readonly rules: ReadonlySet<string> | null;
}

/** Null for a caller who may see no entry. */
export function readerOf(policy: CompiledPolicy, caller: Caller): Reader | null {
  if (rolesOf(policy, caller).has('operator')) return { actor: 'operator', rules: null };
  const owned = rulesOwnedBy(policy, caller).map(({ name }) => name);
  return owned.length === 0 ? null : { actor: 'owner', rules: new Set(owned) };
}

/** Owners see what is about their rules, without the note of a switch, which is for operators. */
function seenBy<T extends Facts>({ rules }: Reader, entries: readonly T[]): readonly T[] {
  if (rules === null) return entries;
  return entries
    .filter((entry) => rules.has(ruleOf(entry) ?? ''))
    .map((entry) => {
      if (entry.switch === undefined) return entry;
      const { note: _, ...shown } = entry.switch;
      return { ...entry, switch: shown };
    });
}

function ruleOf({ rule, switch: switched }: Facts): string | undefined {
  return rule ?? (switched?.target.kind === 'rule' ? switched.target.name : undefined);
}

export function createAuditEvents(dependencies: AuditEventsDependencies): {
  readonly readAuditEvents: ReadAuditEvents;
  readonly showAuditRequest: ShowAuditRequest;
} {
  const { identify, policy, trail, reads, recorded, runtime } = dependencies;

  /** As whom the caller reads; the read is kept as soon as they may see anything. */
  async function admitReader(
    subjectToken: string,
    query: AuditQuery['filters'],
    receipt: Receipt,
    note: Note,
  ): Promise<Result<Reader>> {
    const identity = await identify(subjectToken, note);
    if (!identity.ok) return identity;
    const { issuer, claims } = identity.value;
    const caller = { issuer: issuer.name, claims };
    const reader = readerOf(policy, caller);
    if (reader === null) {
      if (knownRules(policy, caller).isEmpty) return { ok: false, failure: strangerRefusal(issuer, caller) };
      return failure('operator_required', NEITHER);
    }
    const { actor: as, rules } = reader;
    if (rules !== null && query.rule !== undefined && !rules.has(query.rule)) {
      return failure('operator_required', 'Owners read what is kept of the rules that they own, and of no others.');
    }
    const actor = { kind: 'read', actor: as, request_id: receipt.id, issuer: issuer.name } as const;
    const facts = { ...actor, ...(Object.keys(query).length === 0 ? {} : { query }) };
    reads.note({ requestId: receipt.id, facts, personal: personalOf(identity.value, null) });
    return success(reader);
  }

  return {
    readAuditEvents: (receipt, read) =>
      recorded('read', receipt, async (note) => {
        if (!read.ok) return read;
        const { subjectToken, query } = read.value;
        const reader = await admitReader(subjectToken, query.filters, receipt, note);
        if (!reader.ok) return reader;
        const window = windowOf(query, runtime.now());
        if (!window.ok) return window;
        const page = await readPage(query, window.value);
        if (page.silent.length > 0) note({ incomplete: page.silent.map(gateName) });
        return success({ ...page, entries: seenBy(reader.value, page.entries) });
      }),
    showAuditRequest: (receipt, read) =>
      recorded('read', receipt, async (note) => {
        if (!read.ok) return read;
        const { subjectToken, requestId } = read.value;
        const asked = isUlid(requestId) ? { request_id: requestId } : {};
        const reader = await admitReader(subjectToken, asked, receipt, note);
        if (!reader.ok) return reader;
        if (!isUlid(requestId)) return failure('not_found', NO_REQUEST_ID);
        const found = await trail.request(requestId, ulidTime(requestId));
        const entries = seenBy(reader.value, found.entries);
        const pending = seenBy(reader.value, found.pending);
        if (entries.length + pending.length > 0) return success({ ...found, entries, pending });
        if (found.silent.length === 0)
          return failure('not_found', reader.value.rules === null ? NOTHING_KEPT : `${NOT_OF_YOURS} ${NOTHING_KEPT}`);
        const gates = found.silent.map(gateName).join(', ');
        return failure('state_unavailable', `Nothing was found, but not all gates of the trail answered: ${gates}.`);
      }),
  };

  function readPage({ filters, limit, after }: AuditQuery, window: Window): Promise<TrailPage> {
    const { request_id: requestId, token_name: name, ...equal } = filters;
    // A request has few entries, and a page of its own.
    if (requestId !== undefined && isUlid(requestId)) return pageOfRequest(requestId, filters, window);
    return trail.page({ ...window, ...equal, ...(name === undefined ? {} : { names: [name] }), limit }, after);
  }

  async function pageOfRequest(
    requestId: string,
    { rule, issuer, outcome, token_name: name }: AuditQuery['filters'],
    { since, until }: Window,
  ): Promise<TrailPage> {
    const { entries, silent } = await trail.request(requestId, ulidTime(requestId));
    const fits = entries.filter((entry) => {
      const at = Date.parse(entry.time);
      const same =
        (rule === undefined || entry.rule === rule) &&
        (issuer === undefined || entry.issuer === issuer) &&
        (outcome === undefined || entry.outcome === outcome);
      const named = name === undefined || entry.token_name === name || isBeginning(name, entry.token_name);
      return same && named && at >= since && at <= until;
    });
    return { entries: fits, silent, next: null };
  }
}

interface Window {
  readonly since: number;
  readonly until: number;
}

/** An open end leaves nothing out when a gate's clock is ahead. */
const NO_END = Number.MAX_SAFE_INTEGER;

/** The last hour, or the day from when the request or the token was made, unless the query says otherwise. */
function windowOf({ since, until, filters }: AuditQuery, now: number): Result<Window> {
  if (since === undefined && until === undefined) {
    const madeAt = madeAtOf(filters);
    if (madeAt !== null) return success({ since: madeAt - SKEW_MS, until: madeAt - SKEW_MS + LONGEST_WINDOW_MS });
  }
  const end = until ?? now;
  const begin = since ?? end - HOUR_MS;
  if (begin > end) return failure('request_malformed', 'The window ends before it begins: `until` is before `since`.');
  if (end - begin > LONGEST_WINDOW_MS) {
    return failure(
      'request_malformed',
      'One window is at most 24 hours, because each page looks at the entries in it one by one. Give `since` and `until`, and ask for each day by itself.',
    );
  }
  return success({ since: begin, until: until ?? NO_END });
}

/** When the request or the token was made that the query names. */
function madeAtOf({ request_id: requestId = '', token_name: name = '' }: AuditQuery['filters']): number | null {
  const ulid = [requestId, name.split('.')[4] ?? ''].find(isUlid);
  return ulid === undefined ? null : ulidTime(ulid);
}

function isBeginning(beginning: string, name: string | undefined): boolean {
  return beginning.endsWith('.') && name?.startsWith(beginning) === true;
}

export function gateName(digit: string): string {
  return `gate ${digit}`;
}

const NO_REQUEST_ID =
  'This is not the id of a request: one has 26 characters, and stands in the header `x-request-id` of the answer and in `request_id` of a refusal.';

const NEITHER = 'Only operators, and the owners of a rule for that rule, may read the audit trail.';

const NOT_OF_YOURS = 'There is nothing of this request that is about the rules that you own.';

const NOTHING_KEPT =
  'The trail has nothing of this request. It keeps vends, revocations, reads of itself and refusals of callers known to a rule, and of ' +
  'refusals that repeat within a minute only the first id. Lists, explanations, whoami, requests of strangers, and whatever failed before ' +
  'the subject token was verified are in the log alone, and older entries are gone after `audit.keep`.';
