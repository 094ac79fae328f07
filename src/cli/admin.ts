// `influx-sts admin`: the life of the admin token that the service uses.

import { adminRetire } from './admin-retire.ts';
import { adminRotate } from './admin-rotate.ts';
import { adminStatus } from './admin-status.ts';
import { ADMIN_EXIT_HELP } from './admin-target.ts';
import { createGroup } from './group.ts';

export const adminCommand = createGroup({
  name: 'admin',
  summary: 'the admin token of an InfluxDB instance',
  subcommands: [adminStatus, adminRotate, adminRetire],
  exits: ADMIN_EXIT_HELP,
});
