// `influx-sts policy`: the group of commands for a policy file.
// It only lists them, and never reads a policy.

import { createGroup } from '../shell/group.ts';
import { policyBuild } from './build.ts';
import { policyCheck } from './check.ts';
import { policyDiff } from './diff.ts';
import { policyExplain } from './explain.ts';
import { policySchemaCommand } from './schema.ts';
import { policySuggest } from './suggest.ts';
import { policyUnused } from './unused.ts';
import { policyWho } from './who.ts';

export const policyCommand = createGroup({
  name: 'policy',
  summary: 'what to do with a policy file',
  subcommands: [
    policyBuild,
    policyCheck,
    policyExplain,
    policyWho,
    policyDiff,
    policyUnused,
    policySuggest,
    policySchemaCommand,
  ],
  exits: `Exit codes: 0 done, 1 the policy has errors or its tests fail, 2 wrong usage or a file that cannot be read,
3 the request that "explain" was asked about is refused, or the service refuses "unused".`,
});
