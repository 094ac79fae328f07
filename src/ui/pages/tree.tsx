// Why a request is refused or granted, as a tree that a person reads from the top: the rule that came nearest, and in it first what kept it
// from matching. With a text to send to the people who keep the policy. It shows what `explain` discloses and nothing else.

import type { ConditionExplanation, Explanation, RuleExplanation } from '../../policy/decision/explain.ts';

const VERDICTS = { yes: 'holds', no: 'fails', unknown: 'unclear' } as const;
const URGENCY = { no: 0, unknown: 1, yes: 2 } as const;

export function Tree({ explanation }: { readonly explanation: Explanation }) {
  const { rules, changes } = explanation;
  if (rules.length === 0 && changes.length === 0) return null;
  return (
    <section class="card" aria-labelledby="why">
      <h2 id="why">How it was decided</h2>
      <ol class="tree">
        {rules.slice(0, NEAREST).map((rule) => (
          <RuleBranch rule={rule} />
        ))}
      </ol>
      {changes.length === 0 ? null : (
        <>
          <p class="label">What would change it</p>
          <ul>
            {changes.map(({ of, change }) => (
              <li>
                {of === 'caller' ? 'You: ' : 'The policy: '}
                {change}
              </li>
            ))}
          </ul>
        </>
      )}
      {rules.length <= NEAREST ? null : (
        <details class="more">
          <summary>{rules.length - NEAREST} more that were looked at</summary>
          <ol class="tree">
            {rules.slice(NEAREST).map((rule) => (
              <RuleBranch rule={rule} />
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}

/** Rules that are shown at once: the one that came nearest settles most questions. */
const NEAREST = 1;

const EFFECTS = { allow: 'allows', deny: 'refuses', roles: 'gives the role' } as const;

function RuleBranch({ rule }: { readonly rule: RuleExplanation }) {
  const { verdict, conditions, effect, grants, uncovered = [], denied = [], max_ttl: longest } = rule;
  const failing = [...conditions].sort((a, b) => URGENCY[a.verdict] - URGENCY[b.verdict]);
  return (
    <li>
      <p class="head">
        <code>{rule.rule}</code>
        <span class={`verdict ${effect === 'deny' ? swapped(verdict) : verdict}`}>
          {verdict === 'yes' ? 'matches you' : verdict === 'no' ? 'does not match' : 'may match'}
        </span>
      </p>
      <p class="soft small">
        {EFFECTS[effect]} {grants.join(', ')}
        {longest === undefined ? '' : `, for ${longest} at most`}
      </p>
      <ul>
        {uncovered.map((permission) => (
          <li class="no">
            <span class="verdict no">missing</span>
            <span>
              it does not cover <code>{permission}</code>
            </span>
          </li>
        ))}
        {denied.map((permission) => (
          <li class="no">
            <span class="verdict no">refused</span>
            <code>{permission}</code>
          </li>
        ))}
        {failing.map((condition) => (
          <Condition condition={condition} effect={effect} />
        ))}
      </ul>
    </li>
  );
}

/** A deny rule that matches is the bad news. */
function swapped(verdict: RuleExplanation['verdict']): string {
  return verdict === 'yes' ? 'no' : verdict === 'no' ? 'yes' : 'unknown';
}

interface ConditionProps {
  readonly condition: ConditionExplanation;
  readonly effect: RuleExplanation['effect'];
}

function Condition({ condition, effect }: ConditionProps) {
  const { claim, verdict, actual, expected } = condition;
  return (
    <li class={verdict}>
      <span class={`verdict ${effect === 'deny' ? swapped(verdict) : verdict}`}>{VERDICTS[verdict]}</span>
      <span>
        <code>{claim}</code> is <code>{actual}</code>
        {expected === undefined
          ? ''
          : `${verdict === 'yes' ? ', and the rule wants' : ', but the rule wants'} ${expected}`}
      </span>
    </li>
  );
}

export interface LetterProps {
  /** Who asks, in words. */
  readonly who: string;
  readonly asked: string;
  readonly reason: string;
  readonly detail: string;
  readonly requestId: string;
  readonly change?: string;
}

/** To copy into a ticket: all that the people who keep the policy need. */
export function Letter({ who, asked, reason, detail, requestId, change }: LetterProps) {
  const text = [
    `I am ${who}, and I need ${asked}.`,
    `influx-sts refuses it (${reason}): ${detail}`,
    ...(change === undefined ? [] : [`This change of the policy would allow it: ${change}`]),
    `Request id: ${requestId}`,
  ].join('\n\n');
  return (
    <section class="card" aria-labelledby="letter-title">
      <h2 id="letter-title">Ask for it</h2>
      <p class="soft small" id="letter-hint">
        Send this to the people who keep the policy. The request id leads them to the decision.
      </p>
      <textarea id="letter" readonly rows={8} aria-labelledby="letter-title" aria-describedby="letter-hint">
        {text}
      </textarea>
      <p>
        <button class="copy" type="button" data-copy="letter" data-said="The text is copied." hidden>
          Copy the text
        </button>
      </p>
    </section>
  );
}
