// `influx-sts policy unused`: the allow rules of a policy that nobody has used for a while, as the service has counted.
// It never changes the policy.

import type { Usage } from '../../client/audit.ts';
import { formatDuration, parseDuration } from '../../policy/language/duration.ts';
import { defineCommand, EXIT, misuse } from '../shell/command.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { columns } from '../shell/table.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from '../token/caller.ts';
import { loadPolicy, NAME_POLICY, POLICY_HELP, policyPath } from './file.ts';

const NAME = 'policy unused';

const HELP = `influx-sts policy unused: the allow rules that nobody has used for a while

Usage: influx-sts policy unused [options]

Asks the service, as an operator, and compares with the policy file. A rule that was added or renamed lately counts as
unused too.

Options:
  --for TIME            for so long, such as 30d (default: 90d, which is about as long as the service remembers)
  ${POLICY_HELP}
  --json                print them as one JSON object
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
`;

/** Longer than any quarter in which a job runs once. */
const DEFAULT_FOR = '90d';

export const policyUnused = defineCommand({
  name: NAME,
  summary: 'the allow rules that nobody has used for a while',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: {
    for: { type: 'string' },
    policy: { type: 'string' },
    json: { type: 'boolean' },
    ...SERVICE_OPTIONS,
  },
  instead: NAME_POLICY,
  run: async ({ values }, terminal) => {
    const seconds = parseDuration(values.for ?? DEFAULT_FOR);
    if (seconds === null || seconds === 0) return misuse(terminal, NAME, '--for takes a time such as 90d');
    const loaded = await loadPolicy(policyPath(values.policy, terminal), NAME, terminal);
    if (!loaded.ok) return loaded.exit;
    const rules = loaded.value.policy.rules.filter(({ effect }) => effect === 'allow').map(({ name }) => name);
    return withService(values, { name: NAME, terminal }, async (client) => {
      const usage = await client.usage();
      const from = Date.now() - seconds * 1000;
      const unused = unusedSince(from, rules, usage);
      const { out, err } = terminal;
      if (values.json === true) {
        out.line(JSON.stringify({ since: usage.since, for: formatDuration(seconds), unused }, null, 2));
      } else if (unused.length > 0) {
        const rows = unused.map(({ rule, last_used: last }) => [rule, last ?? `not since ${usage.since}`]);
        for (const line of columns([['rule', 'last used'], ...rows])) out.line(line);
      } else err.line(`every allow rule was used in the last ${formatDuration(seconds)}`);
      if (Date.parse(usage.since) > from) {
        err.line(
          `note: the service counts since ${usage.since} only, which is less than ${formatDuration(seconds)}: what it lists may have been used before`,
        );
      }
      return EXIT.ok;
    });
  },
});

interface Unused {
  readonly rule: string;
  /** Null when it was not used as far as the service remembers. */
  readonly last_used: string | null;
}

/** In the order of the policy. */
function unusedSince(from: number, rules: readonly string[], usage: Usage): readonly Unused[] {
  const used = new Map(usage.rules.map((one) => [one.rule, one.last_used]));
  return rules
    .map((rule) => ({ rule, last_used: used.get(rule) ?? null }))
    .filter(({ last_used: last }) => last === null || Date.parse(last) + DAY_MS <= from);
}

/** The time of a use is known by its day. */
const DAY_MS = 86_400_000;
