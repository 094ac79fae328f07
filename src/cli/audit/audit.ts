// `influx-sts audit`: the audit trail, for operators and the owners of rules.
// It never changes an entry.

import { createGroup } from '../shell/group.ts';
import { SERVICE_EXIT_HELP } from '../shell/refusal.ts';
import { auditShow } from './show.ts';
import { auditTail } from './tail.ts';

export const auditCommand = createGroup({
  name: 'audit',
  summary: 'read the audit trail; for operators and owners of rules',
  subcommands: [auditTail, auditShow],
  exits: SERVICE_EXIT_HELP,
});
