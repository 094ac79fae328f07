// `influx-sts admin`: the group of commands for the admin token that the service uses.
// It only lists them, and never makes a request.

import { createGroup } from '../shell/group.ts';
import { adminRetire } from './retire.ts';
import { adminRotate } from './rotate.ts';
import { adminStatus } from './status.ts';
import { ADMIN_EXIT_HELP } from './target.ts';

export const adminCommand = createGroup({
  name: 'admin',
  summary: 'the admin token of an InfluxDB instance',
  subcommands: [adminStatus, adminRotate, adminRetire],
  exits: ADMIN_EXIT_HELP,
});
