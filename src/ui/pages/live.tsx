// The tokens in a person's name: those that live, with the time they have left and a button that ends them, and those that ended within a
// day, with the reason. It never shows a token, only what it may do.

import type { LedgerEntry } from '../../influx/ledger.ts';
import type { ListedToken, TokenPage } from '../../service/list.ts';
import { RevokeForm } from './given.tsx';
import { Clock, leftWords, Permissions, permissionWords } from './sentence.tsx';

export interface LiveProps {
  /** Null when InfluxDB could not be asked. */
  readonly page: TokenPage | null;
  /** Null when the trail could not be asked. */
  readonly ended: TokenPage | null;
  readonly csrf: string;
  readonly now: number;
}

export function Live({ page, ended, csrf, now }: LiveProps) {
  const entries = page?.entries ?? [];
  const incomplete = page?.incomplete ?? [];
  return (
    <section class="card" aria-labelledby="live">
      <h2 id="live">Live in your name</h2>
      {page === null ? (
        <p class="soft">Your tokens cannot be listed at the moment. Load the page again in a minute.</p>
      ) : null}
      {page !== null && entries.length === 0 && incomplete.length === 0 ? (
        <p class="soft">None. A token that you get appears here, and you can end it with a click.</p>
      ) : null}
      {incomplete.length === 0 ? null : (
        <p class="notice warn small" role="note">
          {incomplete.join(', ')} did not answer, so tokens may be missing here. Load the page again in a minute.
        </p>
      )}
      <ul class="tokens">
        {entries.map((entry) => (
          <LiveToken entry={entry} csrf={csrf} now={now} />
        ))}
      </ul>
      {page?.next == null ? null : <p class="soft small">There are more; `influx-sts list` shows them all.</p>}
      <Ended page={ended} living={entries} now={now} />
    </section>
  );
}

function LiveToken({ entry, csrf, now }: { readonly entry: LedgerEntry; readonly csrf: string; readonly now: number }) {
  const { name, permissions, createdAt, expiresAt } = entry;
  const until = Date.parse(expiresAt);
  const life = Math.max(1, (until - Date.parse(createdAt)) / 1000);
  const left = Math.max(0, until - now);
  const what = permissionWords(permissions);
  return (
    <li>
      <p class="title">
        <Permissions permissions={permissions} />
      </p>
      <p class="soft small">
        {name.instance}, by rule <code>{name.rule}</code>, until <Clock at={until} now={now} />
      </p>
      <progress
        class="left"
        max={life}
        value={left / 1000}
        data-ends={String(until)}
        aria-label={`Time left: ${what}`}
      />
      <div class="end">
        <span class="small" data-ends={String(until)}>
          {leftWords(left)} left
        </span>
        <RevokeForm name={name.text} csrf={csrf} label="Revoke" what={what} />
      </div>
    </li>
  );
}

/** Further ones are folded. */
const SHOWN = 5;

function Ended({
  page,
  living,
  now,
}: {
  readonly page: TokenPage | null;
  readonly living: readonly LedgerEntry[];
  readonly now: number;
}) {
  // One whose revocation is still being repeated stands among those that live.
  const alive = new Set(living.map(({ name }) => name.text));
  const ended = (page?.entries ?? []).filter(({ name }) => !alive.has(name.text));
  if (page !== null && ended.length === 0 && page.incomplete.length === 0) return null;
  return (
    <>
      <h3>Ended within a day</h3>
      {page !== null && page.incomplete.length === 0 ? null : (
        <p class="soft small">Not all of these can be told at the moment. Load the page again in a minute.</p>
      )}
      <EndedList tokens={ended.slice(0, SHOWN)} now={now} />
      {ended.length <= SHOWN ? null : (
        <details class="more">
          <summary>{ended.length - SHOWN} more</summary>
          <EndedList tokens={ended.slice(SHOWN)} now={now} />
        </details>
      )}
    </>
  );
}

function EndedList({ tokens, now }: { readonly tokens: readonly ListedToken[]; readonly now: number }) {
  return (
    <ul class="tokens">
      {tokens.map(({ name, permissions, expiresAt, endedAt = expiresAt, end, by }) => (
        <li class="over">
          <p class="title">
            <Permissions permissions={permissions} />
          </p>
          <p class="soft small">
            {endWords(end, by)}, <Clock at={Date.parse(endedAt)} now={now} />; {name.instance}, by rule{' '}
            <code>{name.rule}</code>
          </p>
        </li>
      ))}
    </ul>
  );
}

function endWords(end: ListedToken['end'], by: ListedToken['by']): string {
  if (end === 'undelivered') return 'deleted, because it did not reach you';
  if (end !== 'revoked') return 'expired';
  switch (by) {
    case 'owner':
      return 'revoked by you';
    case 'operator':
      return 'revoked by an operator';
    case 'lease':
      return 'revoked with its lease';
    case 'holder':
      return 'revoked by somebody who held the token';
    default:
      return 'revoked';
  }
}
