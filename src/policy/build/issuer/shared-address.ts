// An issuer's address that is known to sign for everybody: whose it is, and what an entry for it must say. No I/O.

import type { Preset } from '../../../identity/preset.ts';
import { PRESET_NAMES, PRESETS, type PresetName } from '../../../identity/presets.ts';
import { SHARED_ISSUERS, type SharedIssuer } from '../../../identity/shared-issuers.ts';
import type { Report } from '../report.ts';
import type { IssuerEntry } from '../schema.ts';
import type { Path } from '../source.ts';

/** What is known of an entry's claims: of a provider that serves everybody also where the policy does not name its preset. */
export function presetAt(entry: IssuerEntry | undefined, iss: string): Preset {
  return PRESETS[sharedAt(iss)?.preset ?? entry?.preset ?? 'generic'];
}

/** The provider that serves everybody at this address, if it is one that does. */
function sharedAt(issuer: string): SharedIssuer | null {
  // Older tokens of Google leave the scheme out.
  const iss = issuer.includes('://') ? issuer : `https://${issuer}`;
  const listed = SHARED_ISSUERS.find(({ pattern }) => pattern.test(iss));
  if (listed !== undefined) return listed;
  const preset = PRESET_NAMES.find((name) => (PRESETS[name] as Preset).sharedIssuers?.includes(iss) === true);
  return preset === undefined
    ? null
    : { pattern: /^/, name: preset, pins: (PRESETS[preset] as Preset).pins ?? [], preset };
}

interface Entry {
  readonly presetName: PresetName;
  readonly iss: string;
  readonly shared: boolean;
  /** The preset says that the address serves strangers. */
  readonly strangers: boolean;
  /** Those that the policy chooses. */
  readonly pins: readonly string[] | undefined;
}

/** Whether the entry says what an entry for its address must; else the report says what is missing. */
export function checkSharedAddress(entry: Entry, path: Path, report: Report): boolean {
  const { presetName, iss, shared, strangers, pins } = entry;
  const provider = sharedAt(iss);
  if (provider === null) {
    if (!strangers || shared) return true;
    report.error(path, `"${iss}" signs for strangers too`, 'leave "shared:" out');
    return false;
  }
  const itself = provider.preset === presetName;
  if (presetName !== 'generic' && !itself) {
    report.error(
      path,
      `"${iss}" is the address of ${provider.preset ?? provider.name}, not of ${presetName}`,
      entryFor(provider),
    );
    return false;
  }
  if (!shared) {
    const fix = itself ? 'leave "shared:" out' : entryFor(provider);
    report.error(path, `"${iss}" signs for strangers too: it is the address of ${provider.name}`, fix);
    return false;
  }
  if (provider.preset === undefined && pins !== undefined) lintPinsAt(provider, pins, [...path, 'pins'], report);
  return true;
}

function entryFor({ preset, pins }: SharedIssuer): string {
  if (preset !== undefined) return `write "preset: ${preset}", and let each rule pin one of ${pins.join(', ')}`;
  if (pins.length === 0) {
    return 'its tokens hold names only, which others can take over: use another issuer, or write "shared: true" and in "pins:" the claims whose names you trust to stay yours';
  }
  return `write "shared: true" and "pins: [${pins.join(', ')}]", and let each rule give one of them its id`;
}

/** What reads like a name is one, and can be taken by another party. */
const NAMELIKE = /name|slug|path|mail|login|url|uri|ref$|branch|environment|phase/i;

function lintPinsAt({ name, pins }: SharedIssuer, chosen: readonly string[], path: Path, report: Report): void {
  if (pins.length === 0) return;
  for (const [at, claim] of chosen.entries()) {
    if (pins.includes(claim)) continue;
    const say = NAMELIKE.test(claim) ? report.error : report.warn;
    say([...path, at], `"${claim}" is not known to pin a party of ${name}`, `name one of ${pins.join(', ')}`);
  }
}
