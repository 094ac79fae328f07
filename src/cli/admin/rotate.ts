// `influx-sts admin rotate`: makes a new admin token, checks that it works, and hands it to the command that stores secrets. It never
// prints the token, never leaves one behind that was not stored, and never touches the old one.

import type { Runtime } from '../../foundation/runtime.ts';
import { createAdminToken } from '../../influx/admin.ts';
import { type AdminToken, OPERATOR_TOKEN } from '../../influx/admin-token.ts';
import { createInfluxClient } from '../../influx/client.ts';
import type { Silence } from '../../influx/silence.ts';
import { formatDuration } from '../../policy/language/duration.ts';
import { defineCommand, EXIT, type Exit, misuse, stop } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { attempt, deleteAdminToken, pause } from './delete.ts';
import { DEFAULT_ADMIN_LIFE, readAdminLife } from './life.ts';
import { storeSecret } from './store.ts';
import { ADMIN_EXIT_HELP, TARGET_HELP, TARGET_OPTIONS, type Target, unanswered, withTarget } from './target.ts';

const NAME = 'admin rotate';

const HELP = `influx-sts ${NAME}: make a new admin token and store it

Usage: influx-sts ${NAME} (--url URL | --instance NAME) [options] -- COMMAND...

Makes a named admin token with an expiry, checks that InfluxDB accepts it, and gives it to COMMAND on its standard input,
without a newline. If COMMAND fails, the new token is deleted. The old token stays until "influx-sts admin retire".

Example: influx-sts ${NAME} --instance main -- npx wrangler secret put INFLUXDB3_ADMIN_TOKEN_NEXT

Options:
  --expires D           the life of the new token, from 1h to 366d (default: ${DEFAULT_ADMIN_LIFE})
  ${TARGET_HELP}

${ADMIN_EXIT_HELP}
`;

export const adminRotate = defineCommand({
  name: NAME,
  summary: 'make a new admin token and store it',
  help: HELP,
  options: { expires: { type: 'string' }, ...TARGET_OPTIONS },
  wraps: true,
  run: async ({ values }, terminal, command) => {
    if (command.length === 0) {
      const example = '-- npx wrangler secret put INFLUXDB3_ADMIN_TOKEN_NEXT';
      return misuse(terminal, NAME, `say behind "--" which command stores the new token, such as ${example}`);
    }
    const life = readAdminLife(values.expires ?? DEFAULT_ADMIN_LIFE);
    if (!life.ok) return misuse(terminal, NAME, life.problem);
    return withTarget(values, NAME, terminal, (target) =>
      rotate({ target, life: life.value, command, json: values.json === true }, terminal),
    );
  },
});

interface Rotation {
  readonly target: Target;
  /** Seconds. */
  readonly life: number;
  readonly command: readonly string[];
  readonly json: boolean;
}

async function rotate({ target, life, command, json }: Rotation, terminal: Terminal): Promise<Exit> {
  const { url, adminToken, tokenEnv, runtime } = target;
  const old = await target.client.describeAdminToken();
  if (old === 'refused' || 'why' in old) return unanswered(old, target, terminal, NAME);

  const name = nameNow(runtime);
  terminal.err.line(`making the admin token "${name}" on ${url}, for ${formatDuration(life)}`);
  const outcome = await createAdminToken(target, { token_name: name, expiry_secs: life }, runtime);
  if (outcome.kind === 'refused') {
    return stop(terminal, NAME, `InfluxDB refuses to make an admin token (status ${outcome.status})`, EXIT.faulty);
  }
  const giveUp = async (problem: string): Promise<Exit> => {
    const undone = await deleteAdminToken(target, name);
    const after =
      undone === 'deleted'
        ? 'The new token is deleted again; nothing has changed.'
        : `The new token may exist; delete it with another admin token: influx-sts admin retire --name ${name}`;
    return stop(terminal, NAME, `${problem}. ${after}`, EXIT.faulty);
  };
  if (outcome.kind === 'unknown') return giveUp(`InfluxDB gave no readable answer: ${outcome.cause}`);
  const { token, expiry } = outcome.created;
  if (!(await isAccepted(token, name, target))) return giveUp('InfluxDB does not accept the new token as an admin');

  const ours = Object.values(target.headers);
  const env = Object.fromEntries(
    Object.entries(terminal.env).filter(([name, value = '']) => name !== tokenEnv && !ours.includes(value.trim())),
  );
  const stored = await storeSecret({ command, secret: token, env, confidential: [adminToken, ...ours] });
  if (stored.said.trim() !== '') terminal.err.line(stored.said.trimEnd());
  if (!stored.ok) return giveUp(`"${command[0]}" did not store the new token: ${stored.problem}`);

  if (json) terminal.out.line(JSON.stringify({ url, name, expires_at: expiry, used: old.name }, null, 2));
  else printNext(name, expiry, old, terminal);
  return EXIT.ok;
}

/** InfluxDB's names are unique for ever, so a date alone is not enough. */
function nameNow(runtime: Runtime): string {
  const date = new Date(runtime.now()).toISOString().slice(0, 10).replaceAll('-', '');
  const random = [...runtime.random(5)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `sts-admin-${date}-${random}`;
}

/** After a sync interval, so that whichever node is asked next knows the token; then patiently, for a node may be late. */
async function isAccepted(
  token: string,
  name: string,
  { instance, url, headers, syncInterval, runtime }: Target,
): Promise<boolean> {
  await pause(syncInterval * 1000, runtime);
  const client = createInfluxClient({ instance, url, adminTokens: [token], headers }, runtime);
  const isSound = (found: AdminToken | 'refused' | Silence) =>
    found !== 'refused' && !('why' in found) && found.name === name && found.expiry !== null;
  return isSound(await attempt(client.describeAdminToken, isSound, { syncInterval, runtime }));
}

function printNext(name: string, expiry: string, used: AdminToken, { out }: Terminal): void {
  out.line(`stored the admin token "${name}", which expires at ${expiry}`);
  out.line('');
  out.line('Next:');
  out.line('  1. In the policy, let "admin_token" name the new secret and "admin_token_next" the old one; deploy.');
  out.line('  2. Ask /readyz, as an operator: the instance must be ready, and name the new token as the one in use.');
  out.line('  3. Delete the old token, with another admin token than that one: influx-sts admin retire --name OLD');
  const hint = used.name === OPERATOR_TOKEN ? 'the operator token; it stays' : `"${used.name}"`;
  out.line(`     The token that was used just now is ${hint}.`);
  out.line('  4. Take "admin_token_next" out of the policy with the next deployment.');
}
