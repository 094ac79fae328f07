// A command that is a group of subcommands: picks one, or lists them.
// It never does a subcommand's work.

import { type Command, didYouMean, EXIT, quoteWord } from './command.ts';
import type { Terminal } from './terminal.ts';

export interface GroupDefinition {
  readonly name: string;
  readonly summary: string;
  readonly subcommands: readonly Command[];
  /** The meaning of each exit code. */
  readonly exits: string;
}

export interface Group extends GroupDefinition {
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}

export function createGroup(definition: GroupDefinition): Group {
  const { name, summary, subcommands, exits } = definition;
  const wordOf = (command: Command) => command.name.slice(name.length + 1);
  const known = subcommands.map(wordOf);
  const help = `influx-sts ${name}: ${summary}

Usage: influx-sts ${name} <subcommand> [options]

Subcommands:
${subcommands.map((command) => `  ${wordOf(command).padEnd(9)} ${command.summary}`).join('\n')}

Run "influx-sts ${name} <subcommand> --help" for its options.

${exits}`;

  const run: Group['run'] = async ([word, ...rest], terminal) => {
    if (word === '-h' || word === '--help') {
      terminal.out.line(help);
      return EXIT.ok;
    }
    const command = subcommands.find((one) => wordOf(one) === word);
    if (command !== undefined) return command.run(rest, terminal);
    terminal.err.line(
      word === undefined
        ? `influx-sts ${name}: say what to do: ${known.join(', ')}`
        : `influx-sts ${name}: there is no subcommand ${quoteWord(word)}; ${didYouMean(word, known)}`,
    );
    terminal.err.line(`Run "influx-sts ${name} --help" for what each does.`);
    return EXIT.usage;
  };
  return { ...definition, run };
}
