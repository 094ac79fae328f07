// All that the trail keeps of one request, as a story from the top: what happened, to whom, by which rule and why, in words; the entry as it
// is kept stands folded below each. It decides nothing, and shows what the use case has let through.

import type { Entry, Facts, Pending } from '../../admission/record.ts';
import { Clock, leftWords, Permissions } from './sentence.tsx';
import { describeEntry, isAside, reasonWords } from './story-words.ts';

type Kept = Entry | Pending;

export function Story({ entries, now }: { readonly entries: readonly Kept[]; readonly now: number }) {
  return (
    <section class="card" aria-label="What is kept of this request">
      <ol class="tree">
        {entries.map((entry) =>
          isAside(entry) ? <Aside entry={entry} now={now} /> : <Chapter entry={entry} now={now} />,
        )}
      </ol>
    </section>
  );
}

function Aside({ entry, now }: { readonly entry: Kept; readonly now: number }) {
  const { policy, key } = entry;
  return (
    <li class="soft small">
      {describeEntry(entry).sentence} {(key ?? policy) === undefined ? '' : <code>{key ?? policy}</code>}{' '}
      <Clock at={Date.parse(entry.time)} now={now} />
    </li>
  );
}

function Chapter({ entry, now }: { readonly entry: Kept; readonly now: number }) {
  const { verdict, word, sentence } = describeEntry(entry);
  const { time, reason, count, corrects, sweep } = entry as Partial<Entry> & Pending;
  return (
    <li>
      <p class="head">
        <span class={`verdict ${verdict}`}>{word}</span>
        <span>{sentence}</span>
        <span class="soft small">
          <Clock at={Date.parse(time)} now={now} />
        </span>
      </p>
      {reason === undefined ? null : (
        <p>
          {reasonWords(reason)} <code>{reason}</code>
        </p>
      )}
      <dl class="facts">
        <What entry={entry} now={now} />
        <Who entry={entry} />
        {entry.token_name === undefined ? null : (
          <Fact name="token">
            <code>{entry.token_name}</code>
          </Fact>
        )}
        <Switched entry={entry} now={now} />
        {sweep === undefined ? null : <Fact name="sweep">{pairs(sweep)}</Fact>}
        {count === undefined || count < 2 ? null : (
          <Fact name="folded">It stands for at least {String(count)} such requests within a minute.</Fact>
        )}
        {corrects === undefined ? null : (
          <Fact name="corrects">
            entry {String(corrects)} of gate {entry.gate}
          </Fact>
        )}
      </dl>
      <details>
        <summary class="soft small">As it is kept</summary>
        <dl>
          {Object.entries(entry).map(([name, value]) => (
            <Fact name={name}>{show(value)}</Fact>
          ))}
        </dl>
      </details>
    </li>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children?: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children as string}</dd>
    </>
  );
}

function What({ entry, now }: { readonly entry: Kept; readonly now: number }) {
  const { permissions, ttl, expires_at: expiresAt, rule, instance } = entry as Partial<Entry> & Facts;
  const end = Date.parse(expiresAt ?? '');
  return (
    <>
      {permissions === undefined || permissions.length === 0 ? null : (
        <Fact name="what">
          <Permissions permissions={permissions} />
          {ttl === undefined ? '' : `, for ${leftWords(ttl * 1000)}`}
          {Number.isNaN(end) ? '' : ', until '}
          {Number.isNaN(end) ? '' : <Clock at={end} now={now} />}
        </Fact>
      )}
      {rule === undefined ? null : (
        <Fact name={entry.kind === 'refusal' ? 'nearest rule' : 'rule'}>
          <code>{rule}</code>
          {instance === undefined ? '' : ` of the instance ${instance}`}
        </Fact>
      )}
    </>
  );
}

const ACTORS: Readonly<Partial<Record<Facts['actor'], string>>> = {
  operator: 'an operator',
  lease: "the holder of the token's lease",
  holder: 'the holder of the token itself',
};

function Who({ entry }: { readonly entry: Kept }) {
  const { kind, actor, issuer, subject, claims, run } = entry;
  const as = actor === 'owner' ? (kind === 'read' ? 'an owner of rules' : "the token's owner") : ACTORS[actor];
  const named = [issuer === undefined ? '' : `${issuer}: `, subject === undefined ? '' : pairs(subject)].join('');
  const who = [as, named].filter(Boolean).join(', ');
  return (
    <>
      {who === '' ? null : <Fact name="by">{who}</Fact>}
      {run === undefined ? null : <Fact name="run">{pairs(run)}</Fact>}
      {claims === undefined || Object.keys(claims).length === 0 ? null : <Fact name="claims">{pairs(claims)}</Fact>}
    </>
  );
}

function Switched({ entry, now }: { readonly entry: Kept; readonly now: number }) {
  if (entry.switch === undefined) return null;
  const { why, note, until } = entry.switch;
  return (
    <>
      <Fact name="why">{why}</Fact>
      {note === undefined ? null : <Fact name="note">{note}</Fact>}
      {until === null ? null : (
        <Fact name="until">
          <Clock at={Date.parse(until)} now={now} />
        </Fact>
      )}
    </>
  );
}

function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${show(value)}`)
    .join(', ');
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
