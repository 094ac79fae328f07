// What to do about each refusal, in one sentence: for the API's document and its page. `docs/operations.md` says more. It never says how a
// refusal looks on the wire.

import type { Reason } from '../../foundation/failure.ts';

/** Exhaustive: a reason without a sentence here does not compile. */
export const ADVICE: Readonly<Record<Reason, string>> = {
  request_malformed: 'Correct what `detail` names.',
  ttl_refused: 'Ask for `max_ttl` or less, or name the rule given as `alternative`.',
  permissions_conflict: 'Ask for `db:*` and for named databases in two requests.',
  request_ambiguous: 'Name permissions or a rule; `choices` lists them.',
  instance_unknown: 'Correct the instance, or leave it out.',
  rule_unknown: 'Correct the rule, or leave it out.',
  token_missing: 'Send the credential where this operation takes it.',
  token_malformed: 'Check whether the token was cut or quoted on its way.',
  algorithm_refused: 'Sign with one of the algorithms that the policy names for this issuer.',
  issuer_untrusted: 'Compare the `iss` with the policy, character by character.',
  signature_invalid: 'Ask the issuer for a fresh token; if `retryable`, its key may be new: ask again.',
  claim_invalid:
    '`detail` names the claim; if it is `aud`, ask the issuer for an audience that `audience_expected` names.',
  token_expired: 'Ask for a token right before the exchange.',
  token_not_yet_valid: "Wait, and set the issuer's clock.",
  token_too_old: 'Ask for a fresh token.',
  token_replayed: 'Fetch a fresh token for each exchange.',
  no_rule: 'Run where a rule admits this identity, or have one added with the claims in `identity`.',
  not_granted: 'Ask for what `choices` lists, or have the rule extended.',
  denied_by_rule: 'Do not ask for it in this situation.',
  switched_off: 'Wait until the time that `detail` names, or ask the people who run the service.',
  operator_required: 'Leave out what only operators may ask for.',
  not_found: 'Check the address, the name, and whose token it is.',
  method_not_allowed: 'Use a method that `Allow` names.',
  body_too_large: 'Send less at a time.',
  content_type_unsupported: 'Name the content type that this operation takes.',
  database_unknown: 'Create the database, or correct its name.',
  rate_limited: 'Wait as long as `Retry-After` says.',
  limit_reached: 'Wait as long as `Retry-After` says, revoke tokens that you no longer need, or have the limit raised.',
  upstream_refused: 'Ask the operator: an alarm says why InfluxDB refused.',
  upstream_unreadable: 'Ask again; nothing was left behind.',
  keys_unavailable: "Ask again: the issuer's keys cannot be fetched at the moment; `detail` says why.",
  upstream_unreachable: 'Ask again; nothing was left behind.',
  state_unavailable: 'Ask again: a store of the service does not answer.',
  misconfigured: 'Ask the operator: an alarm names the setting.',
  internal_error: 'Quote the request id to the operator.',
};
