// `influx-sts policy who`: which kinds of callers may have a permission.
// It looks only at the policy, and never at a token.

import { type Admission, type Denial, whoMayHave } from '../../policy/decision/who.ts';
import { joinTriples, mixesWildcard } from '../../policy/language/permission.ts';
import { defineCommand, didYouMean, EXIT, EXIT_HELP, misuse } from '../shell/command.ts';
import { readPermissions } from '../shell/input.ts';
import type { Terminal } from '../shell/terminal.ts';
import { loadPolicy, NAME_POLICY, POLICY_HELP, policyPath } from './file.ts';

const HELP = `influx-sts policy who: which kinds of callers may have a permission

Usage: influx-sts policy who --permission PERMISSION [options]

Lists the allow rules that cover it, the claims that a caller must have to match, and the deny rules that oppose them.
A deny rule also refuses a caller whose claim it cannot read.

Options:
  --permission P        such as db:prod:write; given several times: all of them in one token
  --instance NAME       only rules that grant on this instance
  ${POLICY_HELP}
  --json                print one JSON object
  -h, --help            print this

${EXIT_HELP}
`;

export const policyWho = defineCommand({
  name: 'policy who',
  summary: 'which kinds of callers may have a permission',
  help: HELP,
  options: {
    permission: { type: 'string', multiple: true },
    instance: { type: 'string' },
    policy: { type: 'string' },
    json: { type: 'boolean' },
  },
  instead: NAME_POLICY,
  run: async ({ values }, terminal) => {
    if (values.permission === undefined) return misuse(terminal, 'policy who', 'say what with --permission');
    const permissions = readPermissions(values.permission);
    if (!permissions.ok) return misuse(terminal, 'policy who', permissions.problem);
    if (mixesWildcard(permissions.value)) {
      return misuse(
        terminal,
        'policy who',
        'db:* and named databases cannot stand in one token; ask about one of them',
      );
    }
    const loaded = await loadPolicy(policyPath(values.policy, terminal), 'policy who', terminal);
    if (!loaded.ok) return loaded.exit;
    const { policy } = loaded.value;
    if (values.instance !== undefined && !Object.hasOwn(policy.instances, values.instance)) {
      const known = Object.keys(policy.instances);
      return misuse(terminal, 'policy who', `no instance "${values.instance}"; ${didYouMean(values.instance, known)}`);
    }
    const admissions = whoMayHave(policy, permissions.value, Date.now(), values.instance);
    const asked = joinTriples(permissions.value);
    if (values.json === true) {
      terminal.out.line(JSON.stringify({ permissions: asked, rules: admissions }, null, 2));
      return EXIT.ok;
    }
    const what = asked.join(' and ');
    if (admissions.length === 0) terminal.out.line(`Nobody may have ${what}: no allow rule covers it.`);
    else terminal.out.line(`${what} is open to:`);
    for (const admission of admissions) printAdmission(admission, terminal);
    return EXIT.ok;
  },
});

function printAdmission(admission: Admission, { out }: Terminal): void {
  const { rule, issuer, iss, instance, max_ttl, until, conditions, denials } = admission;
  out.line('');
  out.line(out.paint('bold', `rule "${rule}"`));
  out.line(
    `  callers of ${issuer} (${iss}), on instance "${instance}", for ${max_ttl} at most${until === undefined ? '' : `, until ${until}`}, of whom`,
  );
  for (const condition of conditions) out.line(`    ${condition}`);
  for (const denial of denials) out.line(out.paint('yellow', `  ${denialLine(denial)}`));
}

function denialLine({ rule, always, when }: Denial): string {
  return always
    ? `but the deny rule "${rule}" refuses all of them`
    : `except, by the deny rule "${rule}", when ${when.join(' and ')}`;
}
