// `influx-sts admin status`: which admin token is in use, and what will soon be a problem with it. It never prints the token and changes
// nothing.

import { adminTokenWarnings, withZone } from '../../influx/admin-token.ts';
import { defineCommand, EXIT } from '../shell/command.ts';
import { ADMIN_EXIT_HELP, TARGET_HELP, TARGET_OPTIONS, unanswered, withTarget } from './target.ts';

const NAME = 'admin status';

const HELP = `influx-sts ${NAME}: name and expiry of an admin token

Usage: influx-sts ${NAME} (--url URL | --instance NAME) [options]

Shows what InfluxDB knows of the token, with the same warnings as the service's /readyz.

Options:
  ${TARGET_HELP}

${ADMIN_EXIT_HELP}
`;

export const adminStatus = defineCommand({
  name: NAME,
  summary: 'name and expiry of the admin token',
  help: HELP,
  options: TARGET_OPTIONS,
  run: ({ values }, terminal) =>
    withTarget(values, NAME, terminal, async (target) => {
      const admin = await target.client.describeAdminToken();
      if (admin === 'refused' || 'why' in admin) return unanswered(admin, target, terminal, NAME);
      const expiresAt = admin.expiry === null ? null : withZone(admin.expiry);
      const warnings = adminTokenWarnings(admin, target.runtime.now());
      if (values.json === true) {
        const facts = { url: target.url, name: admin.name, expires_at: expiresAt, warnings };
        terminal.out.line(JSON.stringify(facts, null, 2));
        return EXIT.ok;
      }
      const end = expiresAt === null ? 'never expires' : `expires at ${expiresAt}`;
      terminal.out.line(`${target.url} accepts the admin token "${admin.name}", which ${end}`);
      for (const warning of warnings) terminal.err.line(terminal.err.paint('yellow', `warning: ${warning}`));
      return EXIT.ok;
    }),
});
