// The two pages that a choice leads to: what the token would be, to be confirmed; and the token, shown this one time in the answer to a
// POST. Neither ever puts a token into an address.

import type { DatabaseToken } from '../../influx/mint.ts';
import type { Choice } from './read-choice.ts';
import { Clock, leftWords, Sentence } from './sentence.tsx';
import { snippetsFor } from './snippets.ts';

export interface ReviewProps {
  readonly choice: Choice;
  readonly permissions: readonly string[];
  readonly until: number;
  readonly now: number;
  readonly csrf: string;
}

/** What the live sentence says where there is a script. */
export function Review({ choice, permissions, until, now, csrf }: ReviewProps) {
  return (
    <div class="narrow">
      <h1>Is this the token?</h1>
      <form class="card" method="post" action="/ui/token">
        <Sentence permissions={permissions} until={until} now={now} rule={choice.rule} />
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="rule" value={choice.rule} />
        <input type="hidden" name="ttl" value={choice.ttl} />
        {permissions.map((permission) => (
          <input type="hidden" name="permission" value={permission} />
        ))}
        <div class="act">
          <button class="go" type="submit" name="step" value="vend">
            Get the token
          </button>
          <a href="/ui">Choose again</a>
        </div>
      </form>
    </div>
  );
}

export function Given({
  token,
  csrf,
  now,
}: {
  readonly token: DatabaseToken;
  readonly csrf: string;
  readonly now: number;
}) {
  const until = now + token.expiresIn * 1000;
  return (
    <div class="narrow">
      <h1>Your token</h1>
      <Sentence permissions={token.permissions} until={until} now={now} rule={token.rule} />
      <section class="card" aria-labelledby="once">
        <h2 id="once">It is shown this once</h2>
        <div class="secret">
          <output id="token" data-secret>
            {token.token}
          </output>
          <button class="copy" type="button" data-copy="token" data-said="The token is copied." hidden>
            Copy the token
          </button>
        </div>
        <progress
          class="left"
          max={token.expiresIn}
          value={token.expiresIn}
          data-ends={String(until)}
          aria-label="Time left"
        />
        <p class="soft small">
          <span data-ends={String(until)}>{leftWords(token.expiresIn * 1000)} left</span>, on InfluxDB at{' '}
          <code>{token.url}</code>. Nobody keeps it: when it is lost, get another one.
        </p>
        {token.usableAfter === null ? null : (
          <p class="notice warn">
            Some nodes of this cluster may refuse it until <Clock at={Date.parse(token.usableAfter)} now={now} />.
          </p>
        )}
        {token.shared ? (
          <p class="soft small">Others hold the same token, so only an operator can end it early.</p>
        ) : null}
      </section>
      <section class="card" aria-labelledby="use">
        <h2 id="use">Use it</h2>
        <Tabs token={token} />
      </section>
      <div class="act">
        <a class="button" href="/ui">
          Done
        </a>
        {token.shared ? null : <RevokeForm name={token.name} csrf={csrf} label="Revoke it now" />}
      </div>
    </div>
  );
}

/** Radio buttons and the style sheet alone: they work without a script, and by the arrow keys. */
function Tabs({ token }: { readonly token: DatabaseToken }) {
  const snippets = snippetsFor(token);
  return (
    <div class="tabs">
      <fieldset class="choices">
        <legend class="aside">Where you want to use it</legend>
        {snippets.map(({ title }, at) => (
          <label class="tab">
            <input type="radio" name="tab" value={String(at)} checked={at === 0} /> {title}
          </label>
        ))}
      </fieldset>
      {snippets.map(({ title, text }, at) => (
        <div class={`panel panel-${at}`}>
          <pre class="call">
            <code id={`snippet-${at}`} data-secret>
              {text}
            </code>
          </pre>
          <button class="copy" type="button" data-copy={`snippet-${at}`} data-said={`Copied: ${title}.`} hidden>
            Copy
          </button>
        </div>
      ))}
    </div>
  );
}

export interface RevokeFormProps {
  readonly name: string;
  readonly csrf: string;
  readonly label: string;
  /** Which token it is, for those who do not see the row. */
  readonly what?: string;
}

export function RevokeForm({ name, csrf, label, what }: RevokeFormProps) {
  return (
    <form method="post" action="/ui/revoke">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="name" value={name} />
      <button class="quiet danger" type="submit" aria-label={what === undefined ? undefined : `${label}: ${what}`}>
        {label}
      </button>
    </form>
  );
}
