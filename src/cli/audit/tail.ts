// `influx-sts audit tail`: the audit trail as it grows, one line an entry, until it is stopped.
// It shows names, and never a token.

import type { AuditQuery } from '../../client/audit.ts';
import type { Client } from '../../client/client.ts';
import { StsError } from '../../client/error.ts';
import { parseDuration } from '../../policy/language/duration.ts';
import { defineCommand, EXIT, misuse } from '../shell/command.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { plain } from '../shell/table.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from '../token/caller.ts';
import { type Follow, followTrail } from './follow.ts';
import { auditLine } from './line.ts';

const NAME = 'audit tail';
const LONGEST_SECONDS = 86_400;

const HELP = `influx-sts ${NAME}: the audit trail as it grows; for operators, and for owners their rules

Usage: influx-sts ${NAME} [options]

Prints the entries of the last hour, at most the newest 1,000, oldest first, and then each new one within seconds, until
it is stopped by Ctrl-C. While the service cannot be reached it says so, and goes on by itself.

Options:
  --since DURATION      begin so long ago, such as 15m; at most 24h
  --rule NAME           only entries about this rule
  --issuer NAME         only entries about callers of this issuer entry
  --outcome WORD        only entries with this outcome, such as made, failed or refused
  --json                print each entry as one line of JSON
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
`;

export const auditTail = defineCommand({
  name: NAME,
  summary: 'the trail as it grows',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: {
    since: { type: 'string' },
    rule: { type: 'string' },
    issuer: { type: 'string' },
    outcome: { type: 'string' },
    json: { type: 'boolean' },
    ...SERVICE_OPTIONS,
  },
  run: async ({ values }, terminal) => {
    const { since = '1h', rule, issuer, outcome, json = false } = values;
    const seconds = parseDuration(since);
    if (seconds === null || seconds === 0 || seconds > LONGEST_SECONDS) {
      return misuse(terminal, NAME, `--since takes a duration of at most 24h, such as 15m, and not "${plain(since)}"`);
    }
    const filters: AuditQuery = {
      ...(rule === undefined ? {} : { rule }),
      ...(issuer === undefined ? {} : { issuer }),
      ...(outcome === undefined ? {} : { outcome }),
    };
    const follow: Omit<Follow, 'signal'> = {
      filters,
      seconds,
      print: (entry) => terminal.out.line(json ? JSON.stringify(entry) : auditLine(entry)),
      note: (text) => terminal.err.line(`influx-sts ${NAME}: ${text}`),
    };
    return withService(values, { name: NAME, terminal }, (client) => untilStopped(client, follow));
  },
});

/** Ends well on Ctrl-C, and when the reader of the output has gone. */
async function untilStopped(client: Client, follow: Omit<Follow, 'signal'>): Promise<number> {
  const controller = new AbortController();
  const end = () => controller.abort();
  process.once('SIGINT', end);
  process.stdout.once('error', end);
  try {
    await followTrail(client, { ...follow, signal: controller.signal });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof StsError && controller.signal.aborted) return EXIT.ok;
    throw error;
  } finally {
    process.off('SIGINT', end);
    process.stdout.off('error', end);
  }
}
