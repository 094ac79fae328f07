// What an entry of the trail says, in words: one sentence for each kind and outcome, and the sentence for the whole request. No I/O.

import type { Entry, Facts, Outcome, Pending } from '../../admission/record.ts';
import type { Reason } from '../../foundation/failure.ts';
import { WIRE } from '../../web/problem.ts';

export interface Described {
  /** How it is coloured. */
  readonly verdict: 'yes' | 'no' | 'unknown' | 'aside';
  /** One or two words for it. */
  readonly word: string;
  readonly sentence: string;
}

type Kept = Entry | Pending;

const say = (verdict: Described['verdict'], word: string, sentence: string): Described => ({ verdict, word, sentence });

export function describeEntry(entry: Kept): Described {
  const { kind, outcome } = entry;
  switch (kind) {
    case 'vend':
      return describeToken(outcome, 'token', 'given');
    case 'hand_out':
      return describeToken(outcome, 'shared token', 'given');
    case 'mint':
      return describeToken(outcome, 'token to share', 'made');
    case 'refusal':
      return say('no', 'refused', 'The request was refused.');
    case 'revoke':
      return describeRevocation(outcome);
    case 'switch':
      return entry.switch?.turned === 'on'
        ? say('yes', 'on again', `The switch on ${targetWords(entry.switch)} was lifted.`)
        : say('no', 'off', `A switch was set on ${targetWords(entry.switch)}.`);
    case 'sweep':
      return say('aside', 'sweep', 'Expired tokens were deleted.');
    case 'read':
      return say('aside', 'read', 'The trail was read.');
    case 'policy':
      return say('aside', 'policy', 'The gate saw this policy for the first time.');
    case 'key':
      return say('aside', 'key', "The gate saw this key of the service's for the first time.");
    case 'left_out':
      return say('unknown', 'left out', 'Entries were not kept, because the gate was half full.');
  }
}

function describeToken(outcome: Outcome | undefined, noun: string, verb: 'given' | 'made'): Described {
  switch (outcome) {
    case undefined:
      return say('unknown', 'open', `A ${noun} was granted, and it is not known yet what became of it.`);
    case 'made':
    case 'done':
      return say('yes', verb, `A ${noun} was ${verb}.`);
    case 'found':
      return say('yes', 'found', `InfluxDB was asked afterwards: the ${noun} is there.`);
    case 'never_made':
      return say(
        'no',
        'never made',
        `InfluxDB was asked afterwards: the ${noun} is not there, and cannot come any more.`,
      );
    case 'undelivered':
      return say('no', 'undelivered', `A ${noun} was made, and deleted because the caller was gone.`);
    case 'abandoned':
      return say('no', 'abandoned', `The caller was gone before InfluxDB was asked, so there is no ${noun}.`);
    case 'unknown':
    case 'pending':
      return say('unknown', 'unclear', `Nobody said what became of the ${noun}. InfluxDB is asked.`);
    case 'expired':
      return say('unknown', 'unclear', `InfluxDB could not be asked before the time of such a ${noun} was over.`);
    case 'failed':
    case 'refused':
      return say('no', 'failed', `It was granted, but no ${noun} was ${verb}.`);
  }
}

function describeRevocation(outcome: Outcome | undefined): Described {
  if (outcome === 'done') return say('yes', 'revoked', 'The token was revoked.');
  if (outcome === 'refused' || outcome === 'failed') return say('no', 'not revoked', 'The token was not revoked.');
  return say('unknown', 'pending', 'The token is being revoked: this is repeated until it is done.');
}

function targetWords(switched: Facts['switch']): string {
  const target = switched?.target;
  if (target === undefined || target.kind === 'everything') return 'everything';
  if (target.kind !== 'identity') return `the ${target.kind} "${target.name}"`;
  const claims = Object.entries(target.claims).map(([claim, value]) => `${claim} ${value}`);
  return `callers of "${target.issuer}" with ${claims.join(', ')}`;
}

/** What a gate noted with a request, and is beside its matter. */
export function isAside({ kind }: Kept): boolean {
  return kind === 'policy' || kind === 'key' || kind === 'left_out';
}

/** What came of the request, by its last entry. @param entries oldest first */
export function headline(entries: readonly Kept[]): string {
  const last = entries.findLast((entry) => !isAside(entry));
  if (last === undefined) return 'What is kept of it';
  const { verdict } = describeEntry(last);
  switch (last.kind) {
    case 'refusal':
      return 'It was refused';
    case 'vend':
    case 'hand_out':
    case 'mint':
      return verdict === 'yes'
        ? 'It was granted'
        : verdict === 'no'
          ? 'It gave no token'
          : 'What became of it is not known';
    case 'revoke':
      return verdict === 'yes'
        ? 'It revoked a token'
        : verdict === 'no'
          ? 'It revoked nothing'
          : 'It is revoking a token';
    case 'switch':
      return last.switch?.turned === 'on' ? 'It lifted a switch' : 'It set a switch';
    default:
      return 'What is kept of it';
  }
}

export function reasonWords(reason: string): string {
  return Object.hasOwn(WIRE, reason) ? `${WIRE[reason as Reason].title}.` : '';
}
