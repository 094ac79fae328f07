// `influx-sts policy`: what an administrator does with a policy file. Picks the subcommand; each stands in a file of its own.

import { type Command, didYouMean, EXIT, type Exit } from './command.ts';
import { policyBuild } from './policy-build.ts';
import { policyCheck } from './policy-check.ts';
import { policyDiff } from './policy-diff.ts';
import { policyExplain } from './policy-explain.ts';
import { policySchemaCommand } from './policy-schema.ts';
import { policySuggest } from './policy-suggest.ts';
import { policyWho } from './policy-who.ts';
import type { Terminal } from './terminal.ts';

const SUBCOMMANDS: readonly Command[] = [
  policyBuild,
  policyCheck,
  policyExplain,
  policyWho,
  policyDiff,
  policySuggest,
  policySchemaCommand,
];

const wordOf = ({ name }: Command) => name.replace(/^policy /, '');

const HELP = `influx-sts policy: what to do with a policy file

Usage: influx-sts policy <subcommand> [options]

Subcommands:
${SUBCOMMANDS.map((command) => `  ${wordOf(command).padEnd(9)} ${command.summary}`).join('\n')}

Run "influx-sts policy <subcommand> --help" for its options.

Exit codes: 0 done, 1 the policy has errors or its tests fail, 2 wrong usage or a file that cannot be read,
3 the request that "explain" was asked about is refused.`;

export async function policyCommand([word, ...rest]: readonly string[], terminal: Terminal): Promise<Exit> {
  if (word === '-h' || word === '--help') {
    terminal.out.line(HELP);
    return EXIT.ok;
  }
  const command = SUBCOMMANDS.find((one) => wordOf(one) === word);
  if (command !== undefined) return command.run(rest, terminal);
  const known = SUBCOMMANDS.map(wordOf);
  terminal.err.line(
    word === undefined
      ? `influx-sts policy: say what to do: ${known.join(', ')}`
      : `influx-sts policy: there is no subcommand "${word}"; ${didYouMean(word, known)}`,
  );
  terminal.err.line('Run "influx-sts policy --help" for what each does.');
  return EXIT.usage;
}
