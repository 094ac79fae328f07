// What a claim is worth by its name alone: whether everybody has it, and whether it can pin a party. No I/O.

import { type ClaimPath, parseClaimPath } from '../../../identity/claim.ts';
import { isAmong, type Preset } from '../../../identity/preset.ts';
import type { Report } from '../report.ts';
import type { Path } from '../source.ts';

/** Every token has them, no matter who shows it (RFC 7519 section 4.1). */
export const REGISTERED = ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'];

/** A claim as presets spell it, however the policy does: `/actor` is `actor`. */
export function nameOf({ claim, path }: { readonly claim: string; readonly path: ClaimPath }): string {
  return path.length === 1 ? path[0]! : claim;
}

/** Beside a pin it keeps nobody out: all callers of the party have it, or it says something of another claim only. */
export function isEverybodys(claim: string, { party = [], common = [], needsBeside = {} }: Preset): boolean {
  const beside = Object.values(needsBeside).map((one) => one.claim);
  return [...REGISTERED, ...party, ...common, ...beside].includes(claim);
}

/** Pins that the policy chooses: an id that nobody else can have or take, never less than what the provider is known for. */
export function refuseUnsoundPins(pins: readonly string[], preset: Preset, path: Path, report: Report): void {
  const { spoofable = [], recyclable = [], calledCode = [] } = preset;
  const unsound = [...spoofable, ...recyclable, ...calledCode];
  for (const [at, claim] of pins.entries()) {
    const name = nameOf({ claim, path: parseClaimPath(claim) });
    if (preset.pins?.includes(name)) continue;
    if (!isAmong(name, unsound) && !isEverybodys(name, preset)) continue;
    const fix = preset.pins === undefined ? 'name a claim that holds an id' : `name one of ${preset.pins.join(', ')}`;
    report.error([...path, at], `"${claim}" pins nobody: others can have it, choose it or take it over`, fix);
  }
}
