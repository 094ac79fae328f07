// `influx-sts policy diff`: what changes from one policy to another, and for whom, as far as past audit events can tell. It never judges an
// event that leaves the answer open.

import { parseJson } from '../../foundation/json.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { diffPolicies, type PolicyChange } from '../../policy/review/diff.ts';
import { diffPreconfigured } from '../../policy/review/diff-preconfigured.ts';
import { eventSchema, type PastEvent } from '../../policy/review/past-event.ts';
import { type Affected, type Replay, replayEvents } from '../../policy/review/replay.ts';
import { defineCommand, EXIT, EXIT_HELP, stop } from '../shell/command.ts';
import { readText } from '../shell/input.ts';
import type { Style, Terminal } from '../shell/terminal.ts';
import { loadPolicy } from './file.ts';
import { counted } from './findings.ts';

const NAME = 'policy diff';

const HELP = `influx-sts policy diff: what changes from one policy to another, and for whom

Usage: influx-sts policy diff OLD NEW [--events FILE] [--json]

OLD or NEW can be "-" for standard input, as in: git show main:policy.yaml | influx-sts policy diff - policy.yaml

Options:
  --events FILE         audit events as JSON lines, to see who would gain and who would lose access; "-" is standard input
  --json                print one JSON object
  -h, --help            print this

An event holds the caller's subject and only those claims that the deciding rule examined. A decision that depends on other
claims cannot be judged, and is counted as such. An event does not hold the rule, instance and ttl that the request named,
or the token's audience and times. So a request is judged as if it had named no rule and no instance. A request that named
no permissions is judged as the service would: by what the one rule that matches gives. Events of other kinds, and events
of requests that failed before the policy was asked, say nothing about a decision.

${EXIT_HELP}
`;

export const policyDiff = defineCommand({
  name: NAME,
  summary: 'what changes from one policy to another, and for whom',
  help: HELP,
  options: { events: { type: 'string' }, json: { type: 'boolean' } },
  positionals: ['OLD', 'NEW'],
  run: async ({ values, positionals }, terminal) => {
    const [oldPath, newPath] = positionals as [string, string];
    const before = await loadPolicy(oldPath, NAME, terminal);
    if (!before.ok) return before.exit;
    const after = await loadPolicy(newPath, NAME, terminal);
    if (!after.ok) return after.exit;
    const changes = [
      ...diffPolicies(before.value.policy, after.value.policy),
      ...diffPreconfigured(before.value.preconfigured, after.value.preconfigured),
    ];

    const events = values.events === undefined ? null : await readEvents(values.events, terminal);
    if (events !== null && !events.ok) return stop(terminal, NAME, events.problem);
    const replay = events === null ? null : replayEvents(before.value.policy, after.value.policy, events.value);
    if (values.json === true) {
      terminal.out.line(JSON.stringify({ changes, ...(replay === null ? {} : { events: replay }) }, null, 2));
      return EXIT.ok;
    }
    if (changes.length === 0) terminal.out.line('The two policies mean the same.');
    for (const change of changes) printChange(change, terminal);
    if (replay !== null) printReplay(replay, terminal);
    return EXIT.ok;
  },
});

async function readEvents(file: string, terminal: Terminal): Promise<Parsed<readonly PastEvent[]>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const lines = text.value.split('\n').map((line, at) => ({ line: line.trim(), number: at + 1 }));
  const read = lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const json = parseJson(line);
      return { number, event: json.ok ? (eventSchema.safeParse(json.value).data ?? null) : null };
    });
  const strange = read.filter(({ event }) => event === null);
  if (strange.length > 0) {
    const what = `${counted(strange.length, 'line')} of ${file}, the first being line ${strange[0]!.number},`;
    if (strange.length === read.length) return { ok: false, problem: `${what} hold no audit event` };
    terminal.err.line(`note: ${what} hold no audit event and are left out`);
  }
  return { ok: true, value: read.flatMap(({ event }) => (event === null ? [] : [event])) };
}

const SIGNS: Readonly<Record<PolicyChange['change'], readonly [sign: string, style: Style]>> = {
  added: ['+', 'green'],
  removed: ['-', 'red'],
  changed: ['~', 'yellow'],
};

function printChange({ of, name, change, details }: PolicyChange, { out }: Terminal): void {
  const [sign, style] = SIGNS[change];
  out.line(out.paint(style, `${sign} ${of === 'policy' ? 'the policy' : `${of} "${name}"`} ${change}`));
  for (const detail of details) out.line(`    ${detail}`);
}

function printReplay({ same, skipped, affected }: Replay, { out }: Terminal): void {
  const total = (effect: Affected['effect']) =>
    affected.filter((one) => one.effect === effect).reduce((sum, { count }) => sum + count, 0);
  out.line('');
  out.line(
    `Of the past requests ${total('gains')} would be newly allowed, ${total('loses')} newly refused, ${same} decided as before; ` +
      `${total('unknown')} cannot be judged from what their events hold, ${skipped} events say nothing of a decision.`,
  );
  for (const effect of ['loses', 'gains', 'unknown'] as const) {
    for (const one of affected.filter((other) => other.effect === effect)) {
      const subject = Object.entries(one.subject).map(([claim, value]) => `${claim} ${JSON.stringify(value)}`);
      const who = [one.issuer, ...subject].join(' ');
      const style = { loses: 'red', gains: 'green', unknown: 'yellow' } as const;
      const what = one.permissions.length === 0 ? 'what its rule gives' : one.permissions.join(', ');
      out.line(`${out.paint(style[effect], effect.padEnd(7))} ${who}: ${what} (${one.count}x)`);
      out.line(`        ${one.why}`);
    }
  }
}
