// One entry of `issuers:` with its preset and the defaults filled in. No I/O.

import { parseClaimPath } from '../../../identity/claim.ts';
import { flawOfAll, parseKeySet, usableKeys } from '../../../identity/key-set.ts';
import type { Preset } from '../../../identity/preset.ts';
import { PRESETS } from '../../../identity/presets.ts';
import type { Algorithm, TrustedIssuer } from '../../../identity/trusted-issuer.ts';
import { addressProblem, hostProblem } from '../../language/address.ts';
import { UNPRINTABLE } from '../../language/condition.ts';
import { addressAdvice } from '../address-advice.ts';
import { bareIpProblem } from '../bare-ip.ts';
import { refuseUnsoundPins } from '../lint/pins.ts';
import type { Report } from '../report.ts';
import type { IssuerEntry } from '../schema.ts';
import type { Path } from '../source.ts';
import { compileLogin } from './compile-login.ts';
import { checkSharedAddress, presetAt } from './shared-address.ts';

const DEFAULT_CLOCK_SKEW = 60;
const DEFAULT_MAX_AGE = 86_400;

/** Keys that say something of this deployment rather than of the provider; they go beside every preset. */
const BESIDE_ANY_PRESET = [
  'preset',
  'audience',
  'multiple_audiences',
  'clock_skew',
  'max_token_age',
  'max_lifetime',
  'single_use',
  'bound_tokens',
  'ignore_header',
  'login',
] as const satisfies readonly (keyof IssuerEntry)[];

export interface IssuerContext {
  readonly audience: string | undefined;
  readonly development: boolean;
  readonly report: Report;
}

/** The issuer, or null when the report says why not. */
export function compileIssuer(name: string, entry: IssuerEntry, context: IssuerContext): TrustedIssuer | null {
  const { report } = context;
  const path: Path = ['issuers', name];
  const presetName = entry.preset ?? 'generic';
  const preset: Preset = PRESETS[presetName];
  refuseOverrides(presetName, preset, entry, path, report);
  const iss = issuerAddress(presetName, preset, entry, path, context);
  if (iss === null) return null;
  const algorithms = [...new Set<Algorithm>(entry.algorithms ?? preset.algorithms ?? ['RS256'])];
  const jwksUri = keySetAddress(preset, entry, algorithms, path, context);
  checkKeyHosts(entry, path, context);

  const audiences = entry.audience ?? (context.audience === undefined ? [] : [context.audience]);
  if (audiences.length === 0) {
    report.error(path, 'the issuer has no audience', 'add "audience:" here or at the top of the file');
  }
  const subject = entry.subject ?? preset.subject ?? [['sub']];
  const strangers = preset.shared === true || preset.sharedIssuers?.includes(iss) === true;
  const shared = entry.shared ?? strangers;
  const pins = entry.pins ?? preset.pins ?? [];
  const settled = checkSharedAddress({ presetName, iss, shared, strangers, pins: entry.pins }, path, report);
  if (settled && shared && pins.length === 0) {
    report.error(path, 'the issuer is shared but has no pins', 'list in "pins:" the claims that hold immutable ids');
  }
  if (entry.pins !== undefined) refuseUnsoundPins(entry.pins, presetAt(entry, iss), [...path, 'pins'], report);
  const singleUse = entry.single_use ?? preset.singleUse ?? false;
  const discovered = entry.jwks === undefined && jwksUri === undefined;
  const login = compileLogin(entry.login, { audiences, singleUse, discovered, preset }, [...path, 'login'], report);
  return {
    name,
    iss,
    audiences,
    multipleAudiences: entry.multiple_audiences ?? false,
    algorithms,
    ...optional('typ', entry.typ ?? preset.typ),
    ignoreHeader: [...new Set(entry.ignore_header ?? [])],
    ...optional('jwksUri', jwksUri),
    ...optional('jwks', entry.jwks),
    run: preset.run ?? [],
    ...optional('description', preset.description),
    jwksHosts: entry.jwks_hosts ?? preset.jwksHosts ?? [],
    subject,
    alwaysPresent:
      entry.always_present ?? preset.alwaysPresent ?? subject.flatMap((claims) => (claims.length === 1 ? claims : [])),
    clockSkew: entry.clock_skew ?? DEFAULT_CLOCK_SKEW,
    maxTokenAge: entry.max_token_age ?? DEFAULT_MAX_AGE,
    maxLifetime: entry.max_lifetime ?? preset.maxLifetime ?? DEFAULT_MAX_AGE,
    singleUse,
    boundTokens: entry.bound_tokens ?? 'refuse',
    shared,
    pins,
    ...optional('login', login),
    ...optional('proxiesPage', preset.proxiesPage),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}

/** The exact `iss`, or null when there is none. Loopback addresses of a development build need not look like the provider's. */
function issuerAddress(
  presetName: string,
  preset: Preset,
  entry: IssuerEntry,
  path: Path,
  { development, report }: IssuerContext,
): string | null {
  const iss = entry.issuer ?? forTeam(preset.issuer, entry, path, report);
  if (iss === undefined) {
    const example = preset.issuerForm === undefined ? 'the exact "iss" of its tokens' : preset.issuerForm.example;
    report.error(path, 'the issuer has no address', `add "issuer:" with ${example}`);
    return null;
  }
  const at: Path = [...path, 'issuer'];
  // With the keys at hand it is only compared, and RFC 7519 section 2 lets it be any text.
  const discovered = entry.jwks === undefined && entry.jwks_uri === undefined;
  const problem = discovered ? (addressProblem(iss, development) ?? bareIpProblem(iss, development)) : null;
  if (problem !== null) {
    const fix = `${addressAdvice(iss, problem)}, or give the issuer's keys by "jwks_uri:" or "jwks:"`;
    report.error(at, `the issuer's address cannot be used: ${problem}`, fix);
  } else if (UNPRINTABLE.test(iss) || iss.trim() !== iss) {
    report.error(at, 'the issuer holds characters that do not show', 'write its exact "iss"');
  } else if (entry.issuer !== undefined && iss.startsWith('https:') && preset.issuerForm?.pattern.test(iss) === false) {
    report.error(at, `no issuer of ${presetName} looks like "${iss}"`, `write ${preset.issuerForm.example}`);
  }
  return iss;
}

function keySetAddress(
  preset: Preset,
  entry: IssuerEntry,
  algorithms: readonly Algorithm[],
  path: Path,
  { development, report }: IssuerContext,
): string | undefined {
  if (entry.jwks !== undefined) checkKeys(entry.jwks, algorithms, [...path, 'jwks'], report);
  if (entry.jwks_uri === undefined) {
    return entry.jwks === undefined ? preset.jwksUri?.replace('TEAM', entry.team ?? '') : undefined;
  }
  const problem =
    addressProblem(entry.jwks_uri.replace(/\?[^#]*$/, ''), development) ?? bareIpProblem(entry.jwks_uri, development);
  if (problem !== null) {
    report.error(
      [...path, 'jwks_uri'],
      `the key set's address cannot be used: ${problem}`,
      addressAdvice(entry.jwks_uri, problem),
    );
  }
  if (entry.jwks !== undefined) report.error([...path, 'jwks'], 'the keys are given twice', 'keep jwks_uri or jwks');
  return entry.jwks_uri;
}

function checkKeys(jwks: unknown, algorithms: readonly Algorithm[], path: Path, report: Report): void {
  const set = parseKeySet(jwks, algorithms);
  const keys = usableKeys(set);
  const listed = algorithms.join(', ');
  if (keys.every(({ algorithm }) => algorithm === 'none')) {
    const fix = `give public RSA (2048 bits or more), EC or Ed25519 keys for ${listed}`;
    const flaw = flawOfAll(set);
    report.error(path, `no key of the set can be used${flaw === null ? '' : `: ${flaw}`}`, fix);
  } else if (keys.some(({ algorithm }) => algorithm === 'unsettled')) {
    const fix = 'add "alg" to each key, or keep one of them in "algorithms:"';
    report.error(path, `a key without "alg" fits several of ${listed}, and a key serves one algorithm`, fix);
  }
}

function checkKeyHosts(entry: IssuerEntry, path: Path, { development, report }: IssuerContext): void {
  for (const [at, host] of (entry.jwks_hosts ?? []).entries()) {
    const problem = hostProblem(host, development) ?? bareIpProblem(`https://${host}`, development);
    if (problem === null) continue;
    report.error(
      [...path, 'jwks_hosts', at],
      `"${host}" cannot hold keys: ${problem}`,
      'write a name such as keys.example.com',
    );
  }
}

function forTeam(issuer: string | undefined, entry: IssuerEntry, path: Path, report: Report): string | undefined {
  if (issuer === undefined || !issuer.includes('TEAM')) return issuer;
  if (entry.team === undefined || !/^[a-z0-9-]+$/.test(entry.team)) {
    report.error(
      [...path, 'team'],
      'the preset needs the name of the team',
      'add "team:", as in https://TEAM.cloudflareaccess.com',
    );
    return undefined;
  }
  return issuer.replace('TEAM', entry.team);
}

function refuseOverrides(presetName: string, preset: Preset, entry: IssuerEntry, path: Path, report: Report): void {
  const allowed: readonly string[] = [...BESIDE_ANY_PRESET, ...preset.overridable];
  for (const key of Object.keys(entry)) {
    if (!allowed.includes(key)) {
      report.error(
        [...path, key],
        presetName === 'generic'
          ? `a generic issuer has no "${key}"`
          : `the preset ${presetName} settles "${key}" itself`,
        presetName === 'generic' ? 'remove the key' : 'remove the key, or use the generic preset',
      );
    }
  }
}

/** Whether callers of the issuer cannot leave out the claim at this address. */
export function isAlwaysPresent(issuer: TrustedIssuer, claim: string): boolean {
  const path = JSON.stringify(parseClaimPath(claim));
  return issuer.alwaysPresent.some((address) => JSON.stringify(parseClaimPath(address)) === path);
}
