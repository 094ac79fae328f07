// Says why there is no token, for the person who reads a job's log: what happened, why, which rule came nearest, what to do. The exit code
// follows from the same facts. It never prints a token.

import type { ClientReason, Problem, ServiceReason, StsError } from '../../client/error.ts';
import { EXIT, type Exit } from './command.ts';
import { columns, plain } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Ends the help of each command that asks the service. */
export const SERVICE_EXIT_HELP = `Exit codes: 0 done; 1 the service failed, or something else answers or nothing; 2 wrong usage, or nothing says who
you are; 3 the service refuses.`;

/** What the caller can do, where the service's own detail does not say enough. */
const ADVICE: Readonly<Partial<Record<ServiceReason | ClientReason, string>>> = {
  request_ambiguous: 'Say which with --permission or --rule.',
  rule_unknown: 'Correct --rule, or leave it out. "influx-sts whoami" lists what is open to you.',
  instance_unknown: 'Correct --instance, or leave it out. "influx-sts whoami" lists what is open to you.',
  permissions_conflict: 'Ask twice: once for all databases, and once for the named ones.',
  issuer_untrusted: "Ask the people who run the service to trust this issuer, or take another issuer's token.",
  signature_invalid:
    'Fetch a fresh subject token, and send it unchanged. If each one is refused, tell the people who run the service.',
  algorithm_refused: 'Tell the people who run the service: the algorithm, or the key, is not one that they take.',
  claim_invalid: 'Ask the issuer for a token that the service accepts; --audience says what it must be for.',
  token_expired: 'Fetch a fresh subject token right before the call.',
  token_too_old: 'Fetch a fresh subject token right before the call.',
  token_replayed: 'Fetch a fresh subject token for each call, or ask for all permissions in one.',
  token_not_yet_valid: "Wait a moment; or set the clock of the token's issuer.",
  no_rule: 'Run where the rule wants, or have a rule added. "influx-sts explain" shows the whole decision.',
  not_granted: 'Ask for what is open to you, or have the rule extended. "influx-sts explain" shows the whole decision.',
  denied_by_rule: 'Do not ask for this here; the people who run the service find the rule by the request id.',
  switched_off: 'Wait until then, or ask the people who run the service; asking again before that does not help.',
  operator_required: 'Leave --all out, or have a rule give you the role "operator".',
  not_found: 'See whether the name is right and the token yours. A shared token is revoked by operators only.',
  database_unknown: 'Create the database, or correct its name.',
  rate_limited: 'Wait, and ask less often.',
  limit_reached: 'Wait, revoke tokens that you no longer need, or have the limit of the rule raised.',
  service_unreachable: 'See whether --url is right and the service is up.',
  service_unreadable: 'See whether --url is the address of the service, and what stands in front of it.',
  audience_unknown: 'Say with --audience what subject tokens must be for.',
};

/** Statuses from here on are faults of the service. */
const FAULT = 500;

function exitFor({ reason, retryable, problem }: StsError): Exit {
  if (reason === 'audience_unknown' || (reason === 'subject_token_unavailable' && !retryable)) return EXIT.usage;
  return problem === null || retryable || problem.status >= FAULT ? EXIT.faulty : EXIT.refused;
}

/** Width of the label in front of each fact. */
const LABEL = 8;

/** Prints the error and returns the exit code. @param source what gave the subject token, if anything did. */
export function reportError(error: StsError, name: string, { err }: Terminal, source: string | null): Exit {
  const { reason, detail, problem } = error;
  err.line(err.paint('red', `influx-sts ${name}: ${headline(error)}`));
  const fact = (label: string, text: string) => err.line(`  ${label.padEnd(LABEL)} ${plain(text)}`);
  fact('reason', reason);
  fact('detail', detail);
  for (const [label, text] of problem === null ? [] : members(problem)) fact(label, text);
  for (const line of problem === null ? [] : tables(problem)) err.line(line);
  const advice = adviceFor(error, source);
  if (advice !== undefined) fact('to do', advice);
  if (problem !== null) fact('request', problem.request_id);
  return exitFor(error);
}

function adviceFor({ reason, problem }: StsError, source: string | null): string | undefined {
  // A stranger is known to no rule, so there is nothing else to say.
  if (problem?.identity !== undefined) return 'Send these id claims to the people who keep the policy of this service.';
  if (reason !== 'token_malformed') return ADVICE[reason];
  return `See whether the token${source === null ? '' : ` from ${source}`} was cut or quoted on its way here.`;
}

/** The detail says whether waiting helps, or somebody has to change something. */
const MAY_LAST: readonly string[] = [
  'misconfigured',
  'upstream_unreachable',
  'upstream_unreadable',
  'keys_unavailable',
];

function headline({ reason, retryable, problem }: StsError): string {
  switch (reason) {
    case 'subject_token_unavailable':
      return 'there is no subject token';
    case 'audience_unknown':
      return 'nobody says what subject tokens must be for';
    case 'aborted':
      return 'given up';
    default:
      if (reason === 'service_unreadable') return 'what answered is not the service';
      if (problem === null) return 'the service did not answer';
      if (retryable && MAY_LAST.includes(reason)) return 'the service cannot do it now';
      if (retryable) return 'the service cannot do it now; try again later';
      return problem.status >= FAULT ? 'the service failed' : 'the service refuses';
  }
}

function members({ max_ttl: maxTtl, not_covered: notCovered }: Problem): readonly (readonly [string, string])[] {
  const facts: [string, string][] = [];
  if (maxTtl !== undefined) facts.push(['at most', `--ttl ${maxTtl}`]);
  if (notCovered !== undefined) facts.push(['missing', `no rule covers ${notCovered.join(', ')}`]);
  return facts;
}

function tables({ nearest, choices }: Problem): readonly string[] {
  const misses = (nearest?.misses ?? []).map(({ claim, actual, expected = '(not yours to know)', hint = '' }) => [
    claim,
    actual,
    expected,
    hint,
  ]);
  const open = (choices ?? []).map(({ rule, instance, permissions }) => [rule, instance, permissions.join(' ')]);
  return [
    ...(misses.length === 0 ? [] : section(`nearest  the rule "${nearest!.rule}"`, MISSES, misses)),
    ...(open.length === 0 ? [] : section('choices  what you may ask for', CHOICES, open)),
  ];
}

const MISSES = ['claim', 'is', 'wanted', ''];
const CHOICES = ['rule', 'instance', 'permissions'];

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [`  ${plain(title)}`, ...columns([head, ...rows]).map((line) => `${' '.repeat(LABEL + 3)}${line}`)];
}
