// `influx-sts switch`: the group of commands that stop tokens from being made.
// It only lists them, and never makes a request.

import { createGroup } from '../shell/group.ts';
import { SWITCH_EXIT_HELP } from './exits.ts';
import { switchList } from './list.ts';
import { switchOff } from './off.ts';
import { switchOn } from './on.ts';

export const switchCommand = createGroup({
  name: 'switch',
  summary: 'stop tokens from being made',
  subcommands: [switchOff, switchOn, switchList],
  exits: SWITCH_EXIT_HELP,
});
