// Why there is no token, for the author of the workflow: the reason, and what to change about the job. It adds only what the service cannot
// know: the names of the action's inputs, and how GitHub's jobs get an id token. Pure: it never reads or prints anything.

import type { Miss, Problem } from '../client/error.ts';
import { StsError } from '../client/error.ts';
import { InputError } from './inputs.ts';

export interface Trouble {
  /** One of the service's or the client's, or `input_invalid`. */
  readonly reason: string;
  readonly detail: string;
  /** The rule that came nearest. */
  readonly nearest: { readonly rule: string; readonly misses: readonly Miss[] } | null;
  /** Sentences; there may be none. */
  readonly changes: readonly string[];
  readonly requestId: string | null;
}

export function troubleOf(error: unknown): Trouble {
  const none = { nearest: null, changes: [], requestId: null };
  if (error instanceof InputError) return { ...none, reason: 'input_invalid', detail: error.message };
  if (!(error instanceof StsError)) {
    return { ...none, reason: 'internal_error', detail: `The action failed: ${(error as Error)?.message ?? error}` };
  }
  const { reason, detail, problem } = error;
  const nearest = problem?.nearest ?? null;
  return { reason, detail, nearest, changes: changesFor(error), requestId: problem?.request_id ?? null };
}

const PASSING = ['This may pass: run the job again later.'];
/** The detail says whether waiting helps, or somebody has to change something. */
const MAY_LAST: readonly string[] = [
  'misconfigured',
  'upstream_unreachable',
  'upstream_unreadable',
  'keys_unavailable',
];

function changesFor({ reason, problem, retryable }: StsError): string[] {
  switch (reason) {
    case 'subject_token_unavailable':
      return [
        'A job gets an id token only with "permissions: id-token: write", on the job or the workflow; once one permission is named, name the others that the job needs too.',
        'A pull request from a fork gets none: leave this step out there, by "if: github.event.pull_request.head.repo.fork != true".',
      ];
    case 'audience_unknown':
      return ['If the service is the right one, set the input "audience" to what its policy names.'];
    case 'service_unreachable':
    case 'service_unreadable':
      return [
        'Look at the input "url": it is the address of the service, not of InfluxDB.',
        ...(retryable ? PASSING : []),
      ];
    case 'claim_invalid':
      return (problem?.audience_expected ?? []).map((one) => `Set the input "audience" to ${JSON.stringify(one)}.`);
    case 'request_malformed':
      return ['Correct the input that is named: "permissions", "ttl", "rule" or "instance".'];
    case 'ttl_refused':
      return [`Set the input "ttl" to ${problem?.max_ttl ?? 'a shorter time'}, or to less.`];
    case 'permissions_conflict':
      return ['Use the action twice, once for each kind of permission.'];
    case 'request_ambiguous':
      return ['Set the input "permissions" or "rule" to one of these choices.'];
    case 'rule_unknown':
      return ['Correct the input "rule", or leave it out.'];
    case 'instance_unknown':
      return ['Correct the input "instance", or leave it out.'];
    case 'no_rule':
      return [...(problem?.nearest?.misses ?? []).flatMap(changeFor), ...goOn(problem?.nearest)];
    case 'not_granted':
      return [
        'Ask by the input "permissions" for what is open to the job, or have the rule extended.',
        ...(problem?.nearest?.misses ?? []).flatMap(changeFor),
        ...goOn(problem?.nearest),
      ];
    case 'switched_off':
      return ['Run the job again when it is switched on: the detail says until when it is off, or why.'];
    case 'limit_reached':
      return [
        'Run the job again later, let fewer jobs ask at once, or have the limit of the rule raised.',
        'A job that ends early gives its token back: this action revokes it at the end of the job.',
      ];
    case 'database_unknown':
      return ['Create the database, or correct the input "permissions".'];
    default:
      return retryable && !MAY_LAST.includes(reason) ? PASSING : [];
  }
}

/** A rule that has ended can only be given a later end. */
function goOn(nearest: Problem['nearest']): string[] {
  if (nearest?.ended === undefined) return [];
  return [`Ask the people who keep the policy of the service to let the rule "${nearest.rule}" go on.`];
}

function changeFor({ claim, expected }: Miss): string[] {
  if (expected === undefined) return [];
  return [`Run the job where the claim ${claim} is ${expected}, or have the rule admit what it is now.`];
}
