// `influx-sts switch on`: lets tokens be made again. A revocation that the switch has begun goes on.

import type { Client } from '../../client/client.ts';
import { StsError } from '../../client/error.ts';
import type { SwitchTarget } from '../../client/switches.ts';
import { defineCommand, EXIT, misuse, stop } from '../shell/command.ts';
import { reportError } from '../shell/refusal.ts';
import { targetWords } from '../shell/switched-off.ts';
import { plain } from '../shell/table.ts';
import type { Terminal } from '../shell/terminal.ts';
import { SERVICE_HELP, SERVICE_OPTIONS, TOKENS_BY, withService } from '../token/caller.ts';
import { SWITCH_EXIT_HELP } from './exits.ts';
import { isSameTarget, readTarget, TARGET_HELP, TARGET_OPTIONS } from './target.ts';
import { missingWords } from './watch.ts';

const NAME = 'switch on';

const HELP = `influx-sts ${NAME}: lift a switch

Usage: influx-sts ${NAME} (ID | TARGET) [options]

ID is as "influx-sts switch list" shows it. ${TARGET_HELP}

Owners lift what owners have set; what operators have set, only operators. Live tokens that a switch is revoking are
revoked all the same; those made from now on are not.

Options:
  --issuer NAME         of an identity
  --claim NAME=VALUE    of an identity; as often as needed
  -h, --help            print this

${SERVICE_HELP}

${SWITCH_EXIT_HELP}
`;

export const switchOn = defineCommand({
  name: NAME,
  summary: 'lift a switch',
  help: HELP,
  tokensBy: TOKENS_BY,
  options: { ...TARGET_OPTIONS, ...SERVICE_OPTIONS },
  positionals: ['TARGET', '[NAME]'],
  run: async ({ values, positionals: [word, named] }, terminal) => {
    const target = ID.test(word!) && named === undefined ? null : readTarget(word!, named, values);
    if (target !== null && !target.ok) return misuse(terminal, NAME, target.problem);
    return withService(values, { name: NAME, terminal }, async (client) => {
      if (target === null) return lift(client, { id: word!, words: word! }, terminal);
      return liftAll(client, target.value, terminal);
    });
  },
});

/** A ULID. */
const ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** An owner and an operator may each have set one. */
async function liftAll(client: Client, target: SwitchTarget, terminal: Terminal): Promise<number> {
  const words = targetWords(target);
  const found = (await client.switches.list()).filter((one) => one.on && isSameTarget(one.target, target));
  if (found.length === 0) return stop(terminal, NAME, `no switch is set on ${plain(words)}`, EXIT.refused);
  let worst: number = EXIT.ok;
  for (const { id, level } of found) {
    try {
      worst = Math.max(worst, await lift(client, { id, words: `${words}, set by an ${level}` }, terminal));
    } catch (error) {
      if (!(error instanceof StsError)) throw error;
      worst = Math.max(worst, reportError(error, NAME, terminal, null));
    }
  }
  return worst;
}

interface Lifted {
  readonly id: string;
  readonly words: string;
}

async function lift(client: Client, { id, words }: Lifted, terminal: Terminal): Promise<number> {
  const { missing } = await client.switches.on(id);
  terminal.out.line(plain(`lifted: ${words}`));
  if (missing === null) return EXIT.ok;
  const left = missing.gates.length === 0 ? 'other switches are not in force yet' : missingWords(missing);
  const problem = `some callers may still be refused: ${left}; the service goes on by itself`;
  return stop(terminal, NAME, problem, EXIT.pending);
}
