// The one sentence that says what a token may do, until when and by which rule: "read-only on prod, until 14:32 UTC, by rule engineers".
// `script.ts` makes the same of what is ticked, in the reader's own time. No I/O.

import { DATABASE_ACTIONS, parseRequested } from '../../policy/language/permission.ts';

type Groups = ReadonlyMap<string, readonly string[]>;

/** Resources under what may be done with them, in the order in which they came. */
export function groupByActions(pairs: readonly (readonly [resource: string, actions: readonly string[]])[]): Groups {
  const actionsOf = new Map<string, string[]>();
  for (const [resource, actions] of pairs) {
    actionsOf.set(resource, [...(actionsOf.get(resource) ?? []), ...actions]);
  }
  const groups = new Map<string, string[]>();
  for (const [resource, actions] of actionsOf) {
    const words = actionWords(actions);
    groups.set(words, [...(groups.get(words) ?? []), resource]);
  }
  return groups;
}

export function resourceWords(type: string, name: string): string {
  return type === 'db' ? name : `the server's ${name}`;
}

function groupsOf(permissions: readonly string[]): Groups {
  const triples = permissions.flatMap((text) => {
    const parsed = parseRequested(text);
    return parsed.ok ? parsed.value : [];
  });
  return groupByActions(triples.map(({ type, name, action }) => [resourceWords(type, name), [action]]));
}

function actionWords(actions: readonly string[]): string {
  const order: readonly string[] = DATABASE_ACTIONS;
  const sorted = [...new Set(actions)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return sorted.length === 1 ? `${sorted[0]}-only` : listed(sorted);
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

const EVERY = 'every database';

/** As plain text, for titles and messages. */
export function groupWords(groups: Groups): string {
  return [...groups]
    .map(([actions, resources]) => `${actions} on ${listed(resources.map((one) => (one === '*' ? EVERY : one)))}`)
    .join('; ');
}

export function permissionWords(permissions: readonly string[]): string {
  return groupWords(groupsOf(permissions));
}

export function Permissions({ permissions }: { readonly permissions: readonly string[] }) {
  return (
    <>
      {[...groupsOf(permissions)].map(([actions, resources], at) => (
        <>
          {at === 0 ? '' : '; '}
          {actions} on{' '}
          {resources.map((resource, which) => (
            <>
              {which === 0 ? '' : which === resources.length - 1 ? ' and ' : ', '}
              {resource === '*' ? EVERY : <code>{resource}</code>}
            </>
          ))}
        </>
      ))}
    </>
  );
}

export interface SentenceProps {
  readonly permissions: readonly string[];
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly now: number;
  readonly rule: string;
}

export function Sentence({ permissions, until, now, rule }: SentenceProps) {
  return (
    <p class="sentence">
      <Permissions permissions={permissions} />, until <Clock at={until} now={now} />, by rule <code>{rule}</code>
    </p>
  );
}

/** The script shows it in the reader's own time zone, which the service does not know. */
export function Clock({ at, now }: { readonly at: number; readonly now: number }) {
  return (
    <time datetime={new Date(at).toISOString()} data-clock>
      {utc(at, now)}
    </time>
  );
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Hours and minutes, and the day where it is another one. */
export function utc(at: number, now: number): string {
  const iso = new Date(at).toISOString();
  const time = `${iso.slice(11, 16)} UTC`;
  if (iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10)) return time;
  return `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1]}, ${time}`;
}

/** "43 min", "2 h 5 min", "3 days": what is left of a life. */
export function leftWords(milliseconds: number): string {
  if (milliseconds < 60_000) return `${Math.max(0, Math.floor(milliseconds / 1_000))} s`;
  // A life of an hour is "1 h" in its first second too.
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}
