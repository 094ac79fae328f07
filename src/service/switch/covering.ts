// Which switches cover a caller at the moment, for people who ask about themselves. It asks the switchboard once, briefly, and never on the
// way of a vend: there the gates say it.

import type { SwitchboardStub } from '../../admission/board/board-parts.ts';
import type { Facts } from '../../admission/record.ts';
import type { Target } from '../../admission/switch.ts';
import { covers } from '../../admission/switches.ts';
import { withinDeadline } from '../../foundation/deadline.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { Claims } from '../../identity/claim.ts';
import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { AllowRule } from '../../policy/language/compiled.ts';
import { tellApart } from '../personal.ts';

export interface CoveringSwitch {
  readonly target: Target;
  readonly why: string;
  /** Null: until somebody lifts it. */
  readonly until: string | null;
}

/** @param rules of which the caller could be given a token. Null when the switchboard does not answer in time. */
export type CoveringSwitches = (
  issuer: TrustedIssuer,
  claims: Claims,
  rules: readonly AllowRule[],
) => Promise<readonly CoveringSwitch[] | null>;

/** Nobody should wait for this as for a token. */
const BOARD_TIMEOUT_MS = 2_000;
/** More than a person reads; bounds the answer. */
const MAX_SHOWN = 20;

export function createCoveringSwitches(
  board: Pick<SwitchboardStub, 'current'>,
  runtime: Pick<Runtime, 'now' | 'after' | 'alarm'>,
): CoveringSwitches {
  /** A board that cannot even be named fails like one that cannot be reached. */
  const ask = async () => board.current();
  return async (issuer, claims, rules) => {
    const switches = await withinDeadline(ask(), BOARD_TIMEOUT_MS, runtime);
    if (switches === null) {
      runtime.alarm('switchboard_unavailable', {});
      return null;
    }
    const who = { kind: 'vend', actor: 'caller', issuer: issuer.name } as const;
    const vends: readonly Facts[] = [who, ...rules.map(({ name, instance }) => ({ ...who, rule: name, instance }))];
    const personal = { claims: tellApart(issuer, claims) };
    return switches
      .filter(({ target }) => vends.some((facts) => covers(target, facts, personal)))
      .slice(0, MAX_SHOWN)
      .map(({ target, why, until }) => ({ target, why, until: until === null ? null : new Date(until).toISOString() }));
  };
}
