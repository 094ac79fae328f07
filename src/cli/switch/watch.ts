// Follows a switch until it is in force and what it revokes is revoked. The service goes on by itself, so whatever ends this ends nothing
// else, and it says so.

import type { Client } from '../../client/client.ts';
import { sleep } from '../../client/environment.ts';
import { StsError } from '../../client/error.ts';
import type { Missing, Switch } from '../../client/switches.ts';
import { EXIT, type Exit } from '../shell/command.ts';
import { plain } from '../shell/table.ts';
import type { Terminal } from '../shell/terminal.ts';

const PAUSE_MS = 1_000;
/** What is missing after that is missing for a reason that somebody has to look at. */
const IN_FORCE_WITHIN_MS = 60_000;

export interface Watched {
  readonly exit: Exit;
  /** As it was seen last. */
  readonly state: Switch;
}

/** In words, such as "gate 3 has not stored it, and 2 vends are under way". */
export function missingWords({ gates, open }: Missing): string {
  const one = open === 1 ? '1 vend that it covers is' : `${open} vends that it covers are`;
  return [
    ...(gates.length === 0
      ? []
      : [`gate ${gates.map(plain).join(', ')} ${gates.length === 1 ? 'has' : 'have'} not stored it`]),
    ...(open === 0 ? [] : [`${one} under way`]),
  ].join(', and ');
}

/** @param missing null when it is in force. @param label of the command, in front of each line. */
export async function watch(
  client: Client,
  first: Switch,
  missing: Missing | null,
  { err }: Terminal,
  label: string,
): Promise<Watched> {
  const say = (text: string) => err.line(`${label}: ${text}`);
  const { environment } = client;
  let state = first;
  if (missing !== null) {
    say(`set, and not in force yet: ${missingWords(missing)}; waiting for it`);
    const until = environment.now() + IN_FORCE_WITHIN_MS;
    while (!state.in_force && state.on && environment.now() < until) {
      await sleep(PAUSE_MS, environment);
      state = await client.switches.show(state.id);
    }
    if (!state.in_force) {
      say(
        state.on
          ? 'still not in force; the service goes on by itself, and "influx-sts switch list" shows when it is'
          : OVER,
      );
      return { exit: EXIT.pending, state };
    }
  }
  let told = '';
  while (state.revocation !== null && state.revocation.state !== 'done') {
    const words = progressWords(state.revocation);
    if (words !== told) say(words);
    told = words;
    await sleep(PAUSE_MS, environment);
    state = await client.switches.show(state.id);
  }
  return { exit: EXIT.ok, state };
}

const OVER = 'it was lifted, or its time was over, before it was in force';

function progressWords({ state, revoked, left, failed, unreachable }: NonNullable<Switch['revocation']>): string {
  if (state === 'waiting' && unreachable.length === 0) return 'revoking: looking for live tokens';
  const others = [
    ...(failed === 0 ? [] : [`${failed} attempts failed and are repeated`]),
    ...(unreachable.length === 0 ? [] : [`no answer from ${unreachable.map(plain).join(', ')}`]),
  ];
  return [`revoking: ${revoked} revoked, ${left} left`, ...others].join('; ');
}

/** While `work` runs, a Ctrl-C says that the service goes on, and then ends the process as a signal does. */
export async function interruptible<T>({ err }: Terminal, label: string, work: () => Promise<T>): Promise<T> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = (signal: NodeJS.Signals) => {
    err.line(
      `${label}: stopped watching; the service goes on by itself, and "influx-sts switch list" shows how far it is`,
    );
    for (const one of signals) process.off(one, stop);
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work();
  } catch (error) {
    if (error instanceof StsError)
      err.line(`${label}: the service cannot be asked how far it is; it goes on by itself`);
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
