// `influx-sts policy`: what an administrator does with a policy file.

import { createGroup } from './group.ts';
import { policyBuild } from './policy-build.ts';
import { policyCheck } from './policy-check.ts';
import { policyDiff } from './policy-diff.ts';
import { policyExplain } from './policy-explain.ts';
import { policySchemaCommand } from './policy-schema.ts';
import { policySuggest } from './policy-suggest.ts';
import { policyWho } from './policy-who.ts';

export const policyCommand = createGroup({
  name: 'policy',
  summary: 'what to do with a policy file',
  subcommands: [policyBuild, policyCheck, policyExplain, policyWho, policyDiff, policySuggest, policySchemaCommand],
  exits: `Exit codes: 0 done, 1 the policy has errors or its tests fail, 2 wrong usage or a file that cannot be read,
3 the request that "explain" was asked about is refused.`,
});
