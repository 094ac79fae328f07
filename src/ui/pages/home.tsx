// The first page: who the service thinks you are, what you may have, and what lives in your name. A person whom no rule admits sees at once
// what kept them out.

import type { Context } from 'hono';
import { type Failure, success } from '../../foundation/failure.ts';
import { showClaim } from '../../identity/claim.ts';
import type { Offer, OfferedSwitch } from '../../service/offer.ts';
import type { Service } from '../../service/service.ts';
import type { Who } from '../../service/whoami.ts';
import type { Session, UiEnv } from '../session/env.ts';
import { Choose } from './choose.tsx';
import { show } from './frame.tsx';
import { Live } from './live.tsx';
import { Refused, refusalPage } from './refusal.tsx';
import { Clock } from './sentence.tsx';

export type HomeUses = Pick<Service, 'offer' | 'list' | 'explain'>;

export interface HomeMore {
  readonly problem?: { readonly rule: string; readonly text: string };
  readonly notice?: string;
  readonly status?: number;
}

export async function homePage(
  c: Context<UiEnv>,
  session: Session,
  uses: HomeUses,
  more: HomeMore = {},
): Promise<Response> {
  const { receipt } = c.var;
  const subjectToken = success(session.subjectToken);
  const list = (ended: boolean) =>
    uses.list(receipt, success({ subjectToken: session.subjectToken, filter: { all: false, ended } }));
  const [offered, listed, ended] = await Promise.all([uses.offer(receipt, subjectToken), list(false), list(true)]);
  if (!offered.ok) return refusalPage(c, offered.failure);
  const { who, rules } = offered.value;
  const frame = { title: 'Get a token', here: 'tokens', name: personName(who), status: more.status ?? 200 } as const;
  const { csrf } = session;
  const now = receipt.receivedAt;
  const live = listed.ok || !isStranger(listed.failure);
  return show(
    c,
    frame,
    <>
      <h1>{rules.length > 0 ? 'Get a token' : 'Nothing is open to you'}</h1>
      <You who={who} session={session} now={now} />
      {more.notice === undefined ? null : (
        <p class="notice good" role="status">
          {more.notice}
        </p>
      )}
      {switchesOf(rules).map((one) => (
        <Switch one={one} now={now} />
      ))}
      <div class="columns">
        <div>{rules.length > 0 ? <Form offer={offered.value} csrf={csrf} more={more} /> : await notOpen()}</div>
        {live ? (
          <Live page={listed.ok ? listed.value : null} ended={ended.ok ? ended.value : null} csrf={csrf} now={now} />
        ) : null}
      </div>
    </>,
  );

  async function notOpen() {
    const request = { subjectToken: session.subjectToken, request: {} };
    const explained = await uses.explain(receipt, success(request));
    return (
      <Refused
        explained={explained}
        who={`${who.description} (${who.issuer})`}
        asked="a token for a database"
        requestId={receipt.id}
      />
    );
  }
}

function Form({ offer, csrf, more }: { readonly offer: Offer; readonly csrf: string; readonly more: HomeMore }) {
  return (
    <section class="card" aria-label="What the token may do">
      <Choose offer={offer} csrf={csrf} {...(more.problem === undefined ? {} : { problem: more.problem })} />
    </section>
  );
}

/** Known to no rule at all: there is nothing of theirs to list. */
function isStranger({ reason }: Failure): boolean {
  return reason === 'no_rule';
}

/** How many claims are shown; a token may hold hundreds. */
const MAX_CLAIMS = 60;

function You({ who, session, now }: { readonly who: Who; readonly session: Session; readonly now: number }) {
  return (
    <>
      <p class="lead">
        You are <strong>{personName(who)}</strong> to this service, signed in until{' '}
        <Clock at={session.endsAt} now={now} />.
      </p>
      <details class="claims">
        <summary>What it knows of you</summary>
        <dl>
          <dt>by</dt>
          <dd>
            {who.issuer} (entry {session.issuer})
          </dd>
          {who.roles.length === 0 ? null : (
            <>
              <dt>roles</dt>
              <dd>{who.roles.join(', ')}</dd>
            </>
          )}
          {Object.entries(who.claims)
            .slice(0, MAX_CLAIMS)
            .map(([claim, value]) => (
              <>
                <dt>{claim}</dt>
                <dd>{showClaim(value)}</dd>
              </>
            ))}
        </dl>
        {who.notes.map((note) => (
          <p class="soft small">{note}</p>
        ))}
      </details>
    </>
  );
}

/** One that covers several rules is said once. */
function switchesOf(rules: Offer['rules']): readonly OfferedSwitch[] {
  const covering = rules.flatMap(({ switchedOff }) => (switchedOff === null ? [] : [switchedOff]));
  return [...new Map(covering.map((one) => [one.what, one])).values()];
}

function Switch({ one, now }: { readonly one: OfferedSwitch; readonly now: number }) {
  return (
    <p class="notice warn">
      <strong>Switched off: {one.what}</strong>
      {one.until === null ? '' : ', until '}
      {one.until === null ? '' : <Clock at={one.until} now={now} />}. {one.why} You can still list and revoke your
      tokens.
    </p>
  );
}

const NAMES = ['name', 'email', 'preferred_username'];
const MAX_NAME = 80;

/** What people call themselves, where their issuer says; it decides nothing. */
export function personName({ claims, description }: Pick<Who, 'claims' | 'description'>): string {
  const own = NAMES.map((claim) => claims[claim]).find((value) => typeof value === 'string' && value.trim() !== '');
  const text = typeof own === 'string' ? own : description;
  return text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME)}…`;
}
