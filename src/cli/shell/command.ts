// What every subcommand has in common: strict options, help, and one meaning for each exit code.
// It never knows a particular subcommand.

import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { holdsToken } from '../../foundation/misplaced-credential.ts';
import { nearestKey } from '../../policy/language/nearest-key.ts';
import type { Terminal } from './terminal.ts';

export const EXIT = {
  ok: 0,
  /** The policy has errors or its tests fail; or the service, InfluxDB or the user's command failed. */
  faulty: 1,
  /** Wrong usage, or a file that cannot be read or written. */
  usage: 2,
  /** The service, or the explained decision, refuses. */
  refused: 3,
  /** Done, and not in force everywhere yet. */
  pending: 4,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** The last lines of the help of each subcommand without exit codes of its own. */
export const EXIT_HELP = `Exit codes: 0 done, 1 the policy has errors, 2 wrong usage or a file that cannot be read.`;

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** The names of its options, without dashes. */
  readonly options: readonly string[];
  /** An `Exit`; a command that runs another passes that one's code on. */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}

type Given<O extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

export interface CommandDefinition<O extends ParseArgsOptionsConfig> {
  readonly name: string;
  readonly summary: string;
  readonly help: string;
  readonly options: O;
  /** The positional arguments, in their order; none by default. One in brackets is optional. */
  readonly positionals?: readonly string[];
  /** What to do instead, when somebody gives an argument that it does not take. */
  readonly instead?: string;
  /** How to give the command a token, if it takes any, because tokens are never arguments. */
  readonly tokensBy?: string;
  /** The text after `--` is the user's command, to be run as it is. */
  readonly wraps?: boolean;
  readonly run: (given: Given<O>, terminal: Terminal, wrapped: readonly string[]) => Promise<number>;
}

export function defineCommand<O extends ParseArgsOptionsConfig>(definition: CommandDefinition<O>): Command {
  const { name, summary, help, positionals = [] } = definition;
  const options = { ...definition.options, help: { type: 'boolean', short: 'h' } } as const;
  return {
    name,
    summary,
    help,
    options: Object.keys(options),
    run: async (all, terminal) => {
      const end = definition.wraps === true && all.includes('--') ? all.indexOf('--') : all.length;
      const args = all.slice(0, end);
      const wrapsNothing = definition.wraps === true && end === all.length;
      if (!wrapsNothing && args.some(holdsToken)) return misuseToken(terminal, name, definition.tokensBy ?? NO_TOKENS);
      let given: Given<O>;
      try {
        given = parseArgs({ args, options, allowPositionals: true }) as Given<O>;
      } catch (error) {
        const problem = usageProblem(error as Error & { readonly code?: string }, Object.keys(options));
        return misuse(terminal, name, wrapsNothing && beginsCommand(args, options) ? `${WRAPS}: ${problem}` : problem);
      }
      if ((given.values as { readonly help?: boolean }).help === true) {
        terminal.out.line(help.trimEnd());
        return EXIT.ok;
      }
      const count = given.positionals.length;
      const least = positionals.filter((one) => !one.startsWith('[')).length;
      if (count < least || count > positionals.length) {
        const wanted = positionals.length === 0 ? 'options only' : positionals.join(' ');
        const problem = `it takes ${wanted}, and was given ${countOf(count, 'argument')}`;
        if (wrapsNothing) return misuse(terminal, name, `${WRAPS}: ${problem}`);
        const remedy = definition.wraps === true ? WRAPS : definition.instead;
        return misuse(terminal, name, remedy === undefined ? problem : `${problem}; ${remedy}`);
      }
      return definition.run(given, terminal, all.slice(end + 1));
    },
  };
}

/** Whether a word comes before any unknown option: then the rest belongs to another command. */
function beginsCommand(args: readonly string[], options: ParseArgsOptionsConfig): boolean {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const first = tokens.find((one) => one.kind !== 'option' || !Object.hasOwn(options, one.name));
  return first?.kind === 'positional';
}

const WRAPS = 'write "--" in front of the command to run';

/** Such as "1 argument" or "2 arguments". */
function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** Says what is wrong with how the command was called, and where to read more. */
export function misuse(terminal: Terminal, name: string, problem: string): Exit {
  terminal.err.line(`influx-sts ${name}: ${problem}`);
  terminal.err.line(`Run "influx-sts ${name} --help" for its options.`);
  return EXIT.usage;
}

const NO_TOKENS = 'this command takes no token; one that it reads stands in a file';

/** A token among the arguments, which is not repeated. @param remedy how to give it instead. */
export function misuseToken(terminal: Terminal, name: string, remedy: string): Exit {
  const why = 'an argument holds a token, and arguments show to other processes and stay in the history of a shell';
  return misuse(terminal, name, `${why}; ${remedy}`);
}

/** A word that the user typed, for a message; anything that may be a token is not repeated. */
export function quoteWord(word: string): string {
  return holdsToken(word) ? 'of this form, which is that of a token' : `"${word}"`;
}

/** Says what stopped the command, such as a file that is not there. */
export function stop(terminal: Terminal, name: string, problem: string, exit: Exit = EXIT.usage): Exit {
  terminal.err.line(`influx-sts ${name}: ${problem}`);
  return exit;
}

/** Part of a sentence: names the word that was most likely meant. */
export function didYouMean(word: string, known: readonly string[], prefix = ''): string {
  const nearest = nearestKey(word, known);
  return nearest === null
    ? `known are ${known.map((one) => prefix + one).join(', ')}`
    : `did you mean ${prefix}${nearest}?`;
}

function usageProblem(error: Error & { readonly code?: string }, known: readonly string[]): string {
  const [line] = error.message.split('\n') as [string];
  const option = /^Unknown option '(--?)([^']*)'/.exec(line);
  if (error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || option === null) return line;
  const [, dashes, word] = option as unknown as [string, string, string];
  return `there is no option ${dashes}${word}; ${didYouMean(word, known, '--')}`;
}
