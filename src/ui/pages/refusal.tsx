// What a person sees when a page refuses, fails, or is none: the sentence first, then why, then what to do next. It never shows more of the
// policy than the person may know.

import type { Context } from 'hono';
import type { Failure, Result } from '../../foundation/failure.ts';
import type { Explanation } from '../../policy/decision/explain.ts';
import { WIRE } from '../../web/problem.ts';
import type { UiEnv } from '../session/env.ts';
import { show } from './frame.tsx';
import { Letter, Tree } from './tree.tsx';

export async function refusalPage(
  c: Context<UiEnv>,
  failure: Failure,
  status: number = WIRE[failure.reason].status,
): Promise<Response> {
  const { title } = WIRE[failure.reason];
  return show(
    c,
    { title, status },
    <div class="narrow">
      <h1>{title}</h1>
      <p class="notice bad" role="alert">
        {failure.detail}
      </p>
      <p>{adviceFor(failure)}</p>
      <RequestId id={c.var.receipt.id} />
      <p>
        <a class="button" href={needsSignIn(failure) ? '/ui/sign-in' : '/ui'}>
          {needsSignIn(failure) ? 'Sign in again' : 'Go to your tokens'}
        </a>
      </p>
    </div>,
  );
}

export function RequestId({ id }: { readonly id: string }) {
  return (
    <p class="soft small">
      Request id <code>{id}</code>: it leads an operator to this request.
    </p>
  );
}

function needsSignIn({ reason }: Failure): boolean {
  return WIRE[reason].status === 401;
}

function adviceFor({ reason, retryable = WIRE[reason].retryable }: Failure): string {
  if (needsSignIn({ reason, detail: '' })) return 'Sign in again to go on. Your live tokens stay as they are.';
  if (retryable) return 'This may pass: try again in a minute.';
  if (reason === 'not_found' || reason === 'method_not_allowed')
    return 'Your tokens and the form for a new one are on the first page.';
  return 'Asking again changes nothing. An operator can find the request by its id.';
}

export interface RefusedProps {
  /** Its own words, where there was a request; else those of the explanation. */
  readonly failure?: Pick<Failure, 'reason' | 'detail'>;
  readonly explained: Result<Explanation>;
  /** Who asks and for what, in words. */
  readonly who: string;
  readonly asked: string;
  readonly requestId: string;
}

/** The reasoning of a decision, and a text for the people who keep the policy. */
export function Refused({ failure, explained, who, asked, requestId }: RefusedProps) {
  const { reason = 'refused', detail } = failure ?? (explained.ok ? explained.value : explained.failure);
  // A switch refuses what the policy grants: then there is nothing to ask the people who keep it for.
  const refusing = explained.ok && explained.value.outcome === 'refused' ? explained.value : null;
  const change = refusing?.changes.find(({ of }) => of === 'policy')?.change;
  const letter = { who, asked, reason, detail, requestId, ...(change === undefined ? {} : { change }) };
  return (
    <>
      <p class="notice bad" role="alert">
        {detail}
      </p>
      {refusing === null ? (
        <p>You can still list and revoke your tokens.</p>
      ) : (
        <>
          <Tree explanation={refusing} />
          <Letter {...letter} />
        </>
      )}
    </>
  );
}
