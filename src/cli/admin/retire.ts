// `influx-sts admin retire`: deletes an old admin token on demand. It never deletes the token that it uses itself, so that no mistake locks
// its user out, and never a token that is not an admin token.

import { listedHash, OPERATOR_TOKEN, withZone } from '../../influx/admin-token.ts';
import type { Row } from '../../influx/answer.ts';
import { defineCommand, EXIT, type Exit, misuse, stop } from '../shell/command.ts';
import type { Terminal } from '../shell/terminal.ts';
import { deleteAdminToken } from './delete.ts';
import { ADMIN_EXIT_HELP, TARGET_HELP, TARGET_OPTIONS, type Target, unanswered, withTarget } from './target.ts';

const NAME = 'admin retire';

const HELP = `influx-sts ${NAME}: delete an old admin token

Usage: influx-sts ${NAME} --name OLD (--url URL | --instance NAME) [options]

Programs that use the old token lose access at once. The command refuses to delete the token that it uses itself, and the
operator token, because InfluxDB does not delete that one.

Options:
  --name OLD            the name of the admin token to delete, as "influx-sts admin status" shows it
  ${TARGET_HELP}

${ADMIN_EXIT_HELP}
`;

export const adminRetire = defineCommand({
  name: NAME,
  summary: 'delete an old admin token',
  help: HELP,
  options: { name: { type: 'string' }, ...TARGET_OPTIONS },
  run: ({ values }, terminal) => {
    const { name } = values;
    const problem = nameProblem(name);
    if (name === undefined || problem !== null) return Promise.resolve(misuse(terminal, NAME, problem ?? ''));
    return withTarget(values, NAME, terminal, (target) => retire(name, target, values.json === true, terminal));
  },
});

function nameProblem(name: string | undefined): string | null {
  if (name === undefined || name === '') return 'say which token with --name';
  if (name.startsWith('apiv3_')) return '--name takes the name of a token, not the token itself';
  if (name === OPERATOR_TOKEN)
    return `"${name}" is the operator token, which cannot be deleted; InfluxDB can regenerate it`;
  return null;
}

async function retire(name: string, target: Target, json: boolean, terminal: Terminal): Promise<Exit> {
  const { url, client, adminToken, syncInterval } = target;
  const sql = 'SELECT name, hash, created_at, expiry, permissions FROM system.tokens WHERE name = $name';
  const rows = await client.query(sql, { name });
  if (rows === null || rows === 'refused') return unanswered(rows, target, terminal, NAME);
  const [row] = rows;
  if (row === undefined) return stop(terminal, NAME, `${url} has no token "${name}"`, EXIT.faulty);
  if (!isAdmin(row)) return stop(terminal, NAME, `"${name}" is no admin token; nothing was deleted`);
  if (row.hash === (await listedHash(adminToken))) {
    return stop(terminal, NAME, `"${name}" is the token that this command uses; give it another admin token`);
  }
  const createdAt = timeOf(row.created_at);
  const expiresAt = timeOf(row.expiry);
  const life = `made at ${createdAt ?? 'an unknown time'}, ${expiresAt === null ? 'without an end' : `expires at ${expiresAt}`}`;
  terminal.err.line(`deleting the admin token "${name}" on ${url} (${life})`);
  const outcome = await deleteAdminToken(target, name);
  if (outcome === 'refused') return unanswered(outcome, target, terminal, NAME);
  if (outcome !== 'deleted') {
    return stop(terminal, NAME, `InfluxDB did not confirm that "${name}" is deleted. Run this again.`, EXIT.faulty);
  }
  if (json) {
    const facts = { url, name, created_at: createdAt, expires_at: expiresAt, deleted: true };
    terminal.out.line(JSON.stringify(facts, null, 2));
    return EXIT.ok;
  }
  const spread = syncInterval === 0 ? '' : `; other nodes may accept it for another ${syncInterval} seconds`;
  terminal.out.line(`deleted the admin token "${name}"${spread}`);
  return EXIT.ok;
}

/** InfluxDB lists permissions as a JSON array in a string, or plainly, depending on its version. */
function isAdmin({ permissions }: Row): boolean {
  return typeof permissions === 'string' && permissions.includes('*:*:*');
}

function timeOf(value: unknown): string | null {
  return typeof value === 'string' ? withZone(value) : null;
}
