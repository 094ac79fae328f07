// A decision looked up: by the request id that a job's log shows, for operators and the rule's owners; or made again, for a subject token
// of one's own. A pasted token is read from the form of a POST, and never shown again.

import type { Context } from 'hono';
import { failure, success } from '../../foundation/failure.ts';
import { gateName } from '../../service/audit-events.ts';
import type { Service } from '../../service/service.ts';
import { schemaFailure } from '../../web/json-body.ts';
import { WIRE } from '../../web/problem.ts';
import { permissionRequest, vendRequest } from '../../web/vend-request.ts';
import type { Session, UiEnv } from '../session/env.ts';
import { show } from './frame.tsx';
import { RequestId } from './refusal.tsx';
import { Story } from './story.tsx';
import { headline } from './story-words.ts';
import { Tree } from './tree.tsx';

export type DecisionUses = Pick<Service, 'explain' | 'whoami' | 'showAuditRequest'>;

const REQUEST_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;

export function decisionsPage(c: Context<UiEnv>, session: Session, problem?: string, status = 400): Response {
  return show(
    c,
    { title: 'Decisions', here: 'decisions', status: problem === undefined ? 200 : status },
    <div class="narrow">
      <h1>Look a decision up</h1>
      <p class="lead">
        Paste a subject token of your own, such as that of a failing job, to see what would be decided. Operators, and
        the owners of the rule, paste the request id from a job's log to see what came of it.
      </p>
      <form class="card" method="post" action="/ui/decisions">
        <input type="hidden" name="csrf" value={session.csrf} />
        {problem === undefined ? null : (
          <p class="notice bad" role="alert" id="problem">
            {problem}
          </p>
        )}
        <h2>
          <label for="pasted">Request id or subject token</label>
        </h2>
        <textarea
          id="pasted"
          name="pasted"
          required
          rows={5}
          autocomplete="off"
          spellcheck={false}
          aria-describedby="kept"
        />
        <p class="soft small" id="kept">
          A token is verified and forgotten: it is neither kept nor used up.
        </p>
        <h3>
          <label for="permissions">What it asks for, if you want to try that (optional)</label>
        </h3>
        <p>
          <input type="text" id="permissions" name="permissions" placeholder="db:metrics:write" autocomplete="off" />
        </p>
        <div class="act">
          <button class="go" type="submit">
            Look it up
          </button>
        </div>
      </form>
    </div>,
  );
}

export async function decisionPage(c: Context<UiEnv>, session: Session, uses: DecisionUses): Promise<Response> {
  const pasted = (c.var.form.get('pasted') ?? '').trim();
  if (pasted === '') return decisionsPage(c, session, 'Paste a request id or a subject token.');
  if (REQUEST_ID.test(pasted)) return byRequestId(c, session, uses, pasted.toUpperCase());
  const asked = (c.var.form.get('permissions') ?? '').split(/[\s]+/).filter((text) => text !== '');
  return byToken(c, session, uses, pasted, asked);
}

async function byRequestId(
  c: Context<UiEnv>,
  session: Session,
  { showAuditRequest }: DecisionUses,
  requestId: string,
): Promise<Response> {
  const { receipt } = c.var;
  const found = await showAuditRequest(receipt, success({ subjectToken: session.subjectToken, requestId }));
  if (!found.ok) return decisionsPage(c, session, found.failure.detail, WIRE[found.failure.reason].status);
  const { entries, pending, silent } = found.value;
  const story = [...entries.toReversed(), ...pending];
  return show(
    c,
    { title: 'A request', here: 'decisions' },
    <div class="narrow">
      <h1>{headline(story)}</h1>
      <p class="lead">
        This is all that is kept of the request <code>{requestId}</code>, in its order.
      </p>
      {silent.length === 0 ? null : (
        <p class="notice warn" role="note">
          More may be kept: {silent.map(gateName).join(', ')} did not answer. Look it up again in a minute.
        </p>
      )}
      <Story entries={story} now={receipt.receivedAt} />
      <Again />
    </div>,
  );
}

async function byToken(
  c: Context<UiEnv>,
  session: Session,
  { explain, whoami }: DecisionUses,
  subjectToken: string,
  asked: readonly string[],
): Promise<Response> {
  const read = requestOf(asked);
  if (!read.ok) return decisionsPage(c, session, read.failure.detail);
  const { receipt } = c.var;
  const [who, explained] = await Promise.all([
    whoami(receipt, success(subjectToken)),
    explain(receipt, success({ subjectToken, request: read.value })),
  ]);
  if (!who.ok) return decisionsPage(c, session, `${who.failure.detail} (${who.failure.reason})`);
  if (!explained.ok) return decisionsPage(c, session, explained.failure.detail);
  const { outcome, detail } = explained.value;
  return show(
    c,
    { title: 'A decision', here: 'decisions' },
    <div class="narrow">
      <h1>{outcome === 'allowed' ? 'It would be granted' : 'It would be refused'}</h1>
      <p class="lead">
        The token is that of <strong>{who.value.description}</strong>, by {who.value.issuer}.
      </p>
      <p class={`notice ${outcome === 'allowed' ? 'good' : 'bad'}`}>{detail}</p>
      <Tree explanation={explained.value} />
      <Again />
      <RequestId id={receipt.id} />
    </div>,
  );
}

function requestOf(permissions: readonly string[]) {
  if (permissions.length === 0) return success({});
  const read = vendRequest().safeParse({ permissions });
  if (read.success) return success(permissionRequest(read.data));
  const { failure: refused } = schemaFailure('form', read.error.issues, Object.keys(vendRequest().shape));
  return failure(refused.reason, refused.detail);
}

function Again() {
  return (
    <p>
      <a class="button" href="/ui/decisions">
        Look another one up
      </a>
    </p>
  );
}
