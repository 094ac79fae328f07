// The third verb: Grant -> Admitted. The only place that makes an `Admitted`, and the only one that calls the gates. What a gate cannot
// say in time, nobody may take for a yes. It never mints.

import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Grant } from '../policy/decision/decide.ts';
import { FORMAT, type Gate, type Verdict } from './gate/gate.ts';
import type { Written } from './gate/trail.ts';
import { createGateCalls, GATES } from './gate-calls.ts';
import { canonical, type Facts, type Personal, readObject, type Settlement } from './record.ts';
import { createSettling, GATHER_MS, type Settling } from './settling.ts';
import { type Claim, digestOf } from './single-use.ts';
import type { Switch } from './switch.ts';

declare const admitted: unique symbol;

/** Leave to ask InfluxDB, once, for what was granted. */
export interface Admitted {
  readonly [admitted]: true;
  /** The name of the token that may be made; for a hand-out of a shared token, the request's id. */
  readonly id: string;
  readonly grant: Grant;
  /** The mint must not start after this time, milliseconds since the epoch: a later one could arrive after it was said never to have been made. */
  readonly mintBefore: number;
  /** The digit of the gate that holds its record. */
  readonly gate: string;
}

export interface AdmissionRequest {
  readonly id: string;
  readonly grant: Grant;
  /** Null where the subject token may be used again. */
  readonly claim: Claim | null;
  readonly facts: Facts & { readonly policy: string };
  readonly personal: Personal;
}

export interface Admission {
  readonly admit: (request: AdmissionRequest) => Promise<Result<Admitted>>;
  /** Says what became of it. It never rejects; what cannot be said in time, the gate finds out by itself. */
  readonly settle: (admitted: Settling, settlement: Settlement) => Promise<void>;
  /** Says so together with others, within some milliseconds and in the background. */
  readonly settleSoon: (admitted: Settling, settlement: Settlement) => void;
  /** Counts refusals of one caller by one rule for one reason, or their reads of the trail. @param who names all of that. */
  readonly refuse: (
    who: string,
    count: number,
    requestId: string,
    facts: Facts,
    personal: Personal,
    settlement: Settlement,
  ) => Promise<void>;
  /** Whether the create of that name has been answered, as far as any gate knows. */
  readonly isSettled: (name: string) => Promise<boolean>;
  /** Appends an entry that is no admission, as well as it can. */
  readonly write: (id: string, facts: Facts, personal: Personal, settlement: Settlement) => Promise<void>;
}

export interface AdmissionDependencies {
  /** By its digit. */
  readonly gates: (digit: string) => Gate;
  /** Seconds for which entries are kept. */
  readonly keep: number;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'alarm' | 'random' | 'waitUntil'>;
}

/** From the making of a name to the start of its create. */
export const ADMISSION_LIMIT_MS = 10_000;

export function createAdmission({ gates, keep, runtime }: AdmissionDependencies): Admission {
  const call = createGateCalls({ gates, runtime });

  const settle = createSettling(call, runtime);

  return {
    ...settle,
    admit: async ({ id, grant, claim, facts, personal }) => {
      const madeAt = runtime.now();
      const gate = claim === null ? gateOf(id) : claim.key[0]!;
      const about = canonical(facts);
      const who = canonical(personal);
      let attempts = 0;
      const verdict = await call(gate, (one) => {
        attempts++;
        return one.admit(
          FORMAT,
          id,
          claim?.key ?? '',
          claim?.until ?? 0,
          claim?.issuedAt ?? 0,
          keep,
          facts.policy,
          about,
          who,
        );
      });
      if (verdict === 'admitted') {
        const leave = { id, grant, gate, mintBefore: madeAt + ADMISSION_LIMIT_MS };
        // The one place where the brand is given.
        return success(leave as unknown as Admitted);
      }
      if (verdict !== null && verdict !== 'full' && verdict !== 'format') {
        // The first attempt may have been admitted before the switch was set; nothing will be made of it, so the switch need not wait for it.
        if (attempts > 1 && verdict.startsWith('{')) {
          runtime.waitUntil(settle.settle({ id, gate }, { outcome: 'abandoned', reason: 'switched_off' }));
        }
        return refusal(verdict);
      }
      // The gate may have admitted it all the same; the caller is told to ask again, so that must not stand in their way.
      if (verdict === null)
        runtime.waitUntil(settle.settle({ id, gate }, { outcome: 'abandoned', reason: 'state_unavailable' }));
      runtime.alarm('gate_unavailable', { gate, ...(verdict === null ? {} : { verdict }) });
      return failure(
        'state_unavailable',
        'This request cannot be recorded at the moment, and nothing is given that is not recorded. Ask again.',
      );
    },
    isSettled: async (name) => {
      const first = await lookUp(name);
      // Its settlement may be gathered with others at this moment.
      const answers = first.includes('open') ? await afterGathering(() => lookUp(name)) : first;
      return answers.some((text) => {
        if (text === null || text === '' || text === 'open') return false;
        return readObject<Settlement>(text).outcome !== 'unknown';
      });
    },
    refuse: async (who, count, requestId, facts, personal, settlement) => {
      const written = write(requestId, facts, personal, settlement);
      const key = await digestOf(who);
      await send(key[0]!, facts, (one) => one.refuse(FORMAT, key, count, written));
    },
    write: async (id, facts, personal, settlement) => {
      const written = write(id, facts, personal, settlement);
      await send(gateOf(id), facts, (one) => one.write(FORMAT, written));
    },
  };

  function lookUp(name: string): Promise<readonly (string | null)[]> {
    return Promise.all(GATES.map((digit) => call(digit, (gate) => gate.lookUp(FORMAT, name))));
  }

  function afterGathering<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<void>((resolve) => runtime.after(5 * GATHER_MS, resolve)).then(work);
  }

  async function send(digit: string, { kind }: Facts, work: (gate: Gate) => Promise<void>): Promise<void> {
    if ((await call(digit, (one) => work(one).then(() => true))) === null) {
      runtime.alarm('entry_not_kept', { gate: digit, kind });
    }
  }
}

function refusal(verdict: Exclude<Verdict, 'admitted' | 'full' | 'format'>) {
  switch (verdict) {
    case 'replayed':
      return failure(
        'token_replayed',
        "This subject token has been used before, and its issuer's tokens are for single use. Fetch a fresh one.",
      );
    case 'reborn':
      return failure(
        'token_replayed',
        'Whether this subject token was used before is no longer known, because a record was lost. Fetch a fresh one.',
      );
    case 'settled':
      return failure('state_unavailable', 'This request took too long to be recorded. Ask again.');
    default:
      return switchedOff(readObject<{ readonly switched_off: Switch }>(verdict).switched_off);
  }
}

function switchedOff({ target, why, until }: Switch) {
  const what =
    target.kind === 'everything'
      ? 'Everything'
      : target.kind === 'identity'
        ? 'This identity'
        : `The ${target.kind} "${target.name}"`;
  const end = until === null ? 'until it is switched on again' : `until ${new Date(until).toISOString()}`;
  return failure('switched_off', `${what} is switched off ${end}: ${why}`, {
    members: { switched_off: { target, why, until: until === null ? null : new Date(until).toISOString() } },
  });
}

/** One character alone would not spread evenly over the gates. */
const GATE_CHARACTERS = 8;

/**
 * The gate of what claims no subject token, by the end of its id: that of a name is the tag, which is a digest of the whole name; that of a
 * request's id is random.
 */
export function gateOf(id: string): string {
  let sum = 0;
  for (let at = id.length - GATE_CHARACTERS; at < id.length; at++) sum += id.charCodeAt(at);
  return GATES[sum & 15]!;
}

function write(id: string, facts: Facts, personal: Personal, settlement: Settlement): Written {
  return { id, facts: canonical(facts), result: canonical(settlement), personal: canonical(personal) };
}
