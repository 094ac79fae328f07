// The form on which a person chooses what a token may do: one for each rule that admits them, holding only what a request would be granted.
// Nothing is ticked beforehand but reading, and that only where there is nothing else to choose.

import type { Offer, OfferedEntry, OfferedRule } from '../../service/offer.ts';
import { lifetimesOf } from './lifetimes.ts';
import { groupByActions, groupWords, leftWords, resourceWords } from './sentence.tsx';

export interface ChooseProps {
  readonly offer: Offer;
  readonly csrf: string;
  /** What the person sent and cannot be taken as it is. */
  readonly problem?: { readonly rule: string; readonly text: string };
}

export function Choose({ offer, csrf, problem }: ChooseProps) {
  const { rules, unlisted, who } = offer;
  const [only] = rules;
  const bound = who.expiresAt * 1000;
  const form = (rule: OfferedRule) => (
    <RuleForm
      rule={rule}
      csrf={csrf}
      bound={bound}
      unlisted={unlisted.includes(rule.instance)}
      {...(problem?.rule === rule.rule ? { problem: problem.text } : {})}
    />
  );
  if (rules.length === 1) return form(only!);
  return (
    <>
      {rules.map((rule, at) => (
        <details class="rule" name="rules" open={problem === undefined ? at === 0 : problem.rule === rule.rule}>
          <summary>
            {rule.rule} <span class="soft small">{summaryOf(rule)}</span>
          </summary>
          {form(rule)}
        </details>
      ))}
    </>
  );
}

/** Entries that the summary of a rule names. */
const MAX_SUMMARY = 4;

function summaryOf({ entries, instance }: OfferedRule): string {
  const shown = entries
    .slice(0, MAX_SUMMARY)
    .map(({ type, name, actions }) => [resourceWords(type, name), actions] as const);
  return `${groupWords(groupByActions(shown))}${entries.length > MAX_SUMMARY ? ' and more' : ''}, on ${instance}`;
}

interface RuleFormProps {
  readonly rule: OfferedRule;
  readonly csrf: string;
  readonly bound: number;
  readonly unlisted: boolean;
  readonly problem?: string;
}

function RuleForm({ rule, csrf, bound, unlisted, problem }: RuleFormProps) {
  const id = `rule-${rule.rule}`;
  const { entries, withheld, share, withinSubjectToken, switchedOff } = rule;
  if (switchedOff !== null) return <p class="soft">Switched off at the moment, so nothing is given by this rule.</p>;
  if (entries.length === 0) return <Withheld withheld={withheld} />;
  return (
    <form
      method="post"
      action="/ui/token"
      data-rule={rule.rule}
      {...(withinSubjectToken ? { 'data-bound': String(bound) } : {})}
      aria-describedby={problem === undefined ? undefined : `${id}-problem`}
    >
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="rule" value={rule.rule} />
      {problem === undefined ? null : (
        <p class="notice bad" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
      <fieldset>
        <legend class="label">What may it do?</legend>
        <ul class="rows">
          {entries.map((entry, at) => (
            <Row entry={entry} at={at} id={`${id}-${at}`} only={entries.length === 1} unlisted={unlisted} />
          ))}
        </ul>
      </fieldset>
      <fieldset>
        <legend class="label">For how long?</legend>
        <div class="pills">
          {lifetimesOf(rule).map(({ seconds, chosen }) => (
            <label class="pill">
              <input type="radio" name="ttl" value={String(seconds)} checked={chosen} />
              {leftWords(seconds * 1000)}
            </label>
          ))}
        </div>
        {share ? (
          <p class="soft small">Everyone with this choice holds the same token, so nobody can revoke it alone.</p>
        ) : null}
        {withinSubjectToken ? <p class="soft small">It ends with your sign-in at the latest.</p> : null}
      </fieldset>
      <p class="sentence" hidden />
      <div class="act">
        <button class="go" type="submit" name="step" value="review">
          Continue
        </button>
        <span class="plain soft small">The next page says what the token may do, and gives it.</span>
      </div>
      <Withheld withheld={withheld} />
    </form>
  );
}

interface RowProps {
  readonly entry: OfferedEntry;
  readonly at: number;
  readonly id: string;
  readonly only: boolean;
  readonly unlisted: boolean;
}

function Row({ entry, at, id, only, unlisted }: RowProps) {
  const { type, kind, name, actions, suggestions, missing } = entry;
  const isPattern = kind === 'pattern';
  return (
    <li>
      <div class="what">
        {isPattern ? (
          <>
            <label for={id}>
              {name === '*' ? (
                <>
                  Any database; <code>*</code> for all of them
                </>
              ) : (
                <>
                  A database like <code>{name}</code>
                </>
              )}
            </label>
            <input
              type="text"
              id={id}
              name={`name${at}`}
              pattern={typedForm(name)}
              title={name === '*' ? 'a name of a database, or *' : `a name like ${name}`}
              list={`${id}-names`}
              placeholder={suggestions[0] ?? name.replaceAll('*', 'name')}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
            <datalist id={`${id}-names`}>
              {suggestions.map((one) => (
                <option value={one} />
              ))}
            </datalist>
            {unlisted ? <p class="soft small">InfluxDB did not list its databases; type the name.</p> : null}
          </>
        ) : (
          <>
            <code id={id}>{name}</code> {type === 'system' ? <span class="soft small">of the server</span> : null}
            {missing ? <span class="soft small">is not there yet</span> : null}
          </>
        )}
      </div>
      <fieldset class="pills" aria-labelledby={id}>
        {actions.map((action) => (
          <label class="pill">
            <input
              type="checkbox"
              name={isPattern ? `action${at}` : 'permission'}
              value={isPattern ? action : `${type}:${name}:${action}`}
              checked={action === 'read' && (only || isPattern)}
            />
            {action}
            {isPattern ? null : <span class="aside"> {name}</span>}
          </label>
        ))}
      </fieldset>
    </li>
  );
}

const LETTERS = 'A-Za-z0-9_\\-';

/** What the browser lets a person type: the names that the pattern covers. Within brackets the dash and the slash are escaped (HTML, `v`). */
function typedForm(pattern: string): string {
  if (pattern === '*') return `\\*|[${LETTERS}]+`;
  return pattern.replace(/\*+/g, (stars) => (stars === '*' ? `[${LETTERS}]*` : `[${LETTERS}\\/]*`));
}

function Withheld({ withheld }: { readonly withheld: readonly string[] }) {
  if (withheld.length === 0) return null;
  return (
    <p class="soft small">
      Of this rule, another one refuses you, or your claims do not fit:{' '}
      {withheld.map((entry, at) => (
        <>
          {at === 0 ? '' : ', '}
          <code>{entry}</code>
        </>
      ))}
      .
    </p>
  );
}
