// `influx-sts explain`: the service's decision about a request, as a tree.
// It never makes a token.

import { defineCommand, EXIT, misuse } from '../shell/command.ts';
import { printExplanation } from '../shell/explanation.ts';
import { REQUEST_HELP, REQUEST_OPTIONS, readTokenRequest } from '../shell/request-options.ts';
import { switchedOffLines } from '../shell/switched-off.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from './caller.ts';

const NAME = 'explain';

const HELP = `influx-sts ${NAME}: why you would get a token, or would not

Usage: influx-sts ${NAME} [options]

Prints the service's decision about the same request that "influx-sts token" would make. It makes no token.

Options:
  ${REQUEST_HELP}
  --json                print the tree as JSON
  -h, --help            print this

${SERVICE_HELP}

Exit codes: 0 it would be granted; 1 the service failed, or something else answers or nothing; 2 wrong usage, or nothing says
who you are; 3 it would be refused, as it is while a
switch covers you, or the service refuses to tell.
`;

export const explain = defineCommand({
  name: NAME,
  summary: 'why you would get a token, or would not',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: { ...REQUEST_OPTIONS, json: { type: 'boolean' }, ...SERVICE_OPTIONS },
  run: async ({ values }, terminal) => {
    const request = readTokenRequest(values);
    if (!request.ok) return misuse(terminal, NAME, request.problem);
    return withService(values, { name: NAME, terminal }, async (client) => {
      const explanation = await client.explain(request.value);
      const exit = printExplanation(explanation, explanation, values.json === true, terminal);
      if (values.json !== true) for (const line of switchedOffLines(explanation)) terminal.out.line(line);
      const isOff = (explanation.switched_off ?? []).length > 0;
      return exit === EXIT.ok && isOff ? EXIT.refused : exit;
    });
  },
});
