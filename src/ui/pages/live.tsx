// The tokens in a person's name: those that live, with the time they have left and a button that ends them, and those that ended within a
// day, with the reason. It never shows a token, only what it may do.

import type { LedgerEntry } from '../../influx/ledger.ts';
import type { TokenPage } from '../../service/list.ts';
import { RevokeForm } from './given.tsx';
import { Clock, leftWords, Permissions, permissionWords } from './sentence.tsx';

/** Why a token ended, as the trail knows it. */
export interface EndedToken {
  readonly name: string;
  readonly rule: string;
  readonly instance: string;
  readonly permissions: readonly string[];
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  readonly reason: string;
}

export interface LiveProps {
  /** Null when InfluxDB could not be asked. */
  readonly page: TokenPage | null;
  readonly ended: readonly EndedToken[];
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
      {ended.length === 0 ? null : <Ended ended={ended} now={now} />}
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

function Ended({ ended, now }: { readonly ended: readonly EndedToken[]; readonly now: number }) {
  return (
    <>
      <h3>Ended within a day</h3>
      <ul class="tokens">
        {ended.map(({ permissions, reason, endedAt, rule, instance }) => (
          <li class="over">
            <p class="title">
              <Permissions permissions={permissions} />
            </p>
            <p class="soft small">
              {reason}, <Clock at={endedAt} now={now} />; {instance}, by rule <code>{rule}</code>
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
