// The addresses of the pages of a person who is signed in, and what each form does: it calls the use case with the token of the session,
// exactly as the API does. The guard in front has seen to the session and to the form's origin.

import { type Context, Hono } from 'hono';
import { success } from '../../foundation/failure.ts';
import type { Service } from '../../service/service.ts';
import { WIRE } from '../../web/problem.ts';
import type { Session, UiEnv } from '../session/env.ts';
import { type DecisionUses, decisionPage, decisionsPage } from './decisions.tsx';
import { show } from './frame.tsx';
import { Given, Review } from './given.tsx';
import { type HomeUses, homePage, personName } from './home.tsx';
import { type Choice, readChoice } from './read-choice.ts';
import { Refused, type RefusedProps, RequestId, refusalPage } from './refusal.tsx';
import { leftWords, permissionWords } from './sentence.tsx';

export type PageUses = HomeUses & DecisionUses & Pick<Service, 'exchange' | 'revoke'>;

export function pages(uses: PageUses): Hono<UiEnv> {
  const app = new Hono<UiEnv>();
  app.get('/', (c) => {
    const notice = NOTICES[c.req.query('done') ?? ''];
    return homePage(c, signedIn(c), uses, notice === undefined ? {} : { notice });
  });
  app.post('/token', async (c) => {
    const session = signedIn(c);
    const choice = readChoice(c.var.form);
    if (!choice.ok) {
      const problem = { rule: c.var.form.get('rule') ?? '', text: choice.failure.detail };
      return homePage(c, session, uses, { problem, status: 400 });
    }
    return choice.value.step === 'vend' ? vend(c, session, choice.value, uses) : review(c, session, choice.value, uses);
  });
  app.post('/revoke', async (c) => {
    const name = c.var.form.get('name') ?? '';
    const revoked = await uses.revoke(c.var.receipt, success({ credential: signedIn(c).subjectToken, name }));
    if (!revoked.ok) return refusalPage(c, revoked.failure);
    return c.redirect(`/ui?done=${revoked.value}`, 303);
  });
  // Addresses of forms, to which people come by the address bar.
  for (const path of ['/token', '/revoke']) app.get(path, (c) => c.redirect('/ui', 302));
  app.get('/decisions', (c) => decisionsPage(c, signedIn(c)));
  app.post('/decisions', (c) => decisionPage(c, signedIn(c), uses));
  return app;
}

const NOTICES: Readonly<Record<string, string>> = {
  revoked: 'The token is revoked. InfluxDB refuses it from now on.',
  pending: 'The token is being revoked. In a cluster it may take a moment until every node refuses it.',
};

/** INVARIANT: the guard in front lets nobody else through. */
function signedIn(c: Context<UiEnv>): Session {
  const { session } = c.var;
  if (session === null) throw new Error('a page without a session');
  return session;
}

/** The confirming step of a browser without script: the sentence, or the refusal that would come. */
async function review(c: Context<UiEnv>, session: Session, choice: Choice, uses: PageUses): Promise<Response> {
  const { subjectToken, csrf } = session;
  const explained = await uses.explain(c.var.receipt, success({ subjectToken, request: choice.request }));
  if (!explained.ok) return refusalPage(c, explained.failure);
  if (explained.value.outcome === 'refused') return refused(c, session, { choice, explained }, uses);
  const offered = await uses.offer(c.var.receipt, success(subjectToken));
  if (!offered.ok) return refusalPage(c, offered.failure);
  const { who, rules } = offered.value;
  const isBounded = rules.some(({ rule, withinSubjectToken }) => rule === choice.rule && withinSubjectToken);
  const now = c.var.receipt.receivedAt;
  const asked = now + (choice.request.ttl ?? 0) * 1000;
  const until = isBounded ? Math.min(asked, who.expiresAt * 1000) : asked;
  const { permissions } = choice;
  return show(
    c,
    { title: 'Is this the token?', here: 'tokens', name: personName(who) },
    <Review choice={choice} permissions={permissions} until={until} now={now} csrf={csrf} />,
  );
}

async function vend(c: Context<UiEnv>, session: Session, choice: Choice, uses: PageUses): Promise<Response> {
  const { subjectToken, csrf } = session;
  const { receipt } = c.var;
  const vended = await uses.exchange(receipt, success({ subjectToken, request: choice.request }));
  if (vended.ok) {
    const given = <Given token={vended.value} csrf={csrf} now={receipt.receivedAt} />;
    return show(c, { title: 'Your token', here: 'tokens' }, given);
  }
  // Only a decision has reasons to explain; anything else is a fault of the moment.
  if (WIRE[vended.failure.reason].code !== 'access_denied' && vended.failure.reason !== 'ttl_refused') {
    return refusalPage(c, vended.failure);
  }
  const explained = await uses.explain(receipt, success({ subjectToken, request: choice.request }));
  return refused(c, session, { choice, explained, failure: vended.failure }, uses);
}

async function refused(
  c: Context<UiEnv>,
  { subjectToken }: Session,
  { choice, ...decision }: Pick<RefusedProps, 'explained' | 'failure'> & { readonly choice: Choice },
  { whoami }: PageUses,
): Promise<Response> {
  const { receipt } = c.var;
  const who = await whoami(receipt, success(subjectToken));
  const asked = `${permissionWords(choice.permissions)} for ${leftWords((choice.request.ttl ?? 0) * 1000)}`;
  return show(
    c,
    { title: 'You are refused', here: 'tokens', status: 403 },
    <div class="narrow">
      <h1>This is not open to you</h1>
      <p class="lead">You asked for {asked}.</p>
      <Refused
        {...decision}
        who={who.ok ? `${who.value.description} (${who.value.issuer})` : 'not known'}
        asked={asked}
        requestId={receipt.id}
      />
      <div class="act">
        <a class="button" href="/ui">
          Choose again
        </a>
      </div>
      <RequestId id={receipt.id} />
    </div>,
  );
}
