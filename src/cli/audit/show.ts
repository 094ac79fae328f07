// `influx-sts audit show`: all that the trail keeps of one request.
// It shows names, and never a token.

import { defineCommand, EXIT, stop } from '../shell/command.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { plain } from '../shell/table.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from '../token/caller.ts';
import { auditLine } from './line.ts';

const NAME = 'audit show';

const HELP = `influx-sts ${NAME}: all that the audit trail keeps of one request; for operators, and for owners of its rule

Usage: influx-sts ${NAME} REQUEST_ID [options]

The id is the x-request-id of an answer, or the request_id of a refusal. What has no outcome yet is shown as open.

Options:
  --json                print it as JSON
  -h, --help            print this

${SERVICE_HELP}

${SERVICE_EXIT_HELP}
If a gate of the trail does not answer, the rest is printed, standard error names the gate, and the exit code is 1.
`;

export const auditShow = defineCommand({
  name: NAME,
  summary: 'all that is kept of one request',
  help: HELP,
  tokensBy: TOKENS_BY,
  positionals: ['REQUEST_ID'],
  options: { json: { type: 'boolean' }, ...SERVICE_OPTIONS },
  run: async ({ values, positionals }, terminal) =>
    withService(values, { name: NAME, terminal }, async (client) => {
      const found = await client.auditRequest(positionals[0]!);
      if (values.json === true) terminal.out.line(JSON.stringify(found, null, 2));
      else for (const entry of [...found.events.toReversed(), ...found.open]) terminal.out.line(auditLine(entry));
      if (found.incomplete.length === 0) return EXIT.ok;
      const gates = found.incomplete.map(plain).join(', ');
      return stop(terminal, NAME, `more may be kept: ${gates} did not answer. Ask again`, EXIT.faulty);
    }),
});
