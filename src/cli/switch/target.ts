// What a switch is about, as the words and options of the command say it. It never asks the service whether there is such a thing.

import type { SwitchTarget } from '../../client/switches.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { didYouMean, quoteWord } from '../shell/command.ts';

export const TARGET_HELP = `TARGET is one of
  everything            every vend
  rule NAME             what this rule grants
  issuer NAME           the callers of this issuer entry of the policy
  instance NAME         tokens for this InfluxDB instance
  identity --issuer NAME --claim NAME=VALUE
                        callers of the issuer entry whose claim has this value; with several --claim, all of them`;

export const TARGET_OPTIONS = {
  issuer: { type: 'string' },
  claim: { type: 'string', multiple: true },
} as const;

export interface TargetValues {
  readonly issuer?: string | undefined;
  readonly claim?: readonly string[] | undefined;
}

const NAMED = ['rule', 'issuer', 'instance'] as const;
const KINDS = ['everything', ...NAMED, 'identity'] as const;

export function readTarget(kind: string, name: string | undefined, values: TargetValues): Parsed<SwitchTarget> {
  const { issuer, claim: claims = [] } = values;
  const wrong = (problem: string) => ({ ok: false, problem }) as const;
  if (!(KINDS as readonly string[]).includes(kind))
    return wrong(`there is nothing called ${quoteWord(kind)} to switch; ${didYouMean(kind, KINDS)}`);
  if (kind !== 'identity' && (issuer !== undefined || claims.length > 0)) {
    return wrong('--issuer and --claim are for "identity"');
  }
  const named = NAMED.find((one) => one === kind);
  if (named !== undefined) {
    return name === undefined ? wrong(`say which ${named}, by its name`) : { ok: true, value: { kind: named, name } };
  }
  if (name !== undefined)
    return wrong(`"${kind}" takes no name${kind === 'identity' ? '; use --issuer and --claim' : ''}`);
  if (kind === 'everything') return { ok: true, value: { kind } };
  if (issuer === undefined || claims.length === 0)
    return wrong('an identity needs --issuer NAME and --claim NAME=VALUE');
  return readIdentity(issuer, claims);
}

function readIdentity(issuer: string, texts: readonly string[]): Parsed<SwitchTarget> {
  const claims: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    const name = text.slice(0, Math.max(0, at));
    const value = text.slice(at + 1);
    if (name === '' || value === '')
      return { ok: false, problem: '--claim takes NAME=VALUE, such as repository_id=123' };
    // A caller has one value of it, so two would cover nobody.
    if (Object.hasOwn(claims, name))
      return { ok: false, problem: `--claim ${name} is given twice; set a switch for each value` };
    Object.defineProperty(claims, name, { value, enumerable: true });
  }
  return { ok: true, value: { kind: 'identity', issuer, claims } };
}

/** Whether two mean the same, in whatever order their claims were written. */
export function isSameTarget(one: SwitchTarget, other: SwitchTarget): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf({ kind, name = '', issuer = '', claims = {} }: SwitchTarget): string {
  return JSON.stringify([kind, name, issuer, Object.entries(claims).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
