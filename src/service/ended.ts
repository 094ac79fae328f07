// A caller's own tokens that have ended within a day, and why: from the trail, by the names that only this caller's tokens have. A token
// that somebody deletes in InfluxDB itself shows there as living until its expiry. It never reads another caller's entries.

import type { Entry } from '../admission/record.ts';
import type { TrailReader } from '../admission/trail-reader.ts';
import type { Keyring } from '../foundation/keyring.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { ulidTime } from '../foundation/ulid.ts';
import { readName, type TokenName } from '../influx/name.ts';
import { gateName } from './audit-events.ts';
import type { Revoker } from './revoke.ts';

/** Why a token has ended: it was revoked, its time was over, or the caller was gone and it was deleted unseen. */
export type End = 'revoked' | 'expired' | 'undelivered';

/** Times are RFC 3339. */
export interface EndedToken {
  readonly name: TokenName;
  readonly permissions: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly endedAt: string;
  readonly end: End;
  /** By whom it was revoked. */
  readonly by?: Revoker;
}

export interface EndedTokens {
  /** Those that ended last come first. */
  readonly tokens: readonly EndedToken[];
  /** Gates that did not answer: what they keep is missing. */
  readonly incomplete: readonly string[];
}

/** @param grants rules and their instances that are open to the caller. @param owners the digests of the caller. */
export type ListEnded = (
  grants: readonly { readonly rule: string; readonly instance: string }[],
  owners: readonly string[],
) => Promise<EndedTokens>;

export interface EndedDependencies {
  readonly trail: Pick<TrailReader, 'page'>;
  readonly keyring: Keyring;
  readonly runtime: Pick<Runtime, 'now'>;
}

/** For so long an ended token is shown. */
export const ENDED_SHOWN_MS = 24 * 3_600_000;
const MOST_SHOWN = 100;
/** Of a caller's entries; newer ones count. */
const MOST_READ = 1_000;

export function createEnded({ trail, keyring, runtime }: EndedDependencies): ListEnded {
  return async (grants, owners) => {
    const names = grants.flatMap(({ rule, instance }) => owners.map((owner) => `sts.${instance}.${rule}.${owner}.`));
    if (names.length === 0) return { tokens: [], incomplete: [] };
    const now = runtime.now();
    const question = { since: 0, until: Number.MAX_SAFE_INTEGER, names, limit: MOST_READ };
    const { entries, silent } = await trail.page(question, null);
    const stories = Map.groupBy(entries, (entry) => entry.token_name ?? '');
    const ended = [...stories].map(([name, story]) => endOf(name, story, now)).filter((one) => one !== null);
    const recent = ended
      .filter(({ endedAt }) => endedAt > now - ENDED_SHOWN_MS)
      .sort((a, b) => b.endedAt - a.endedAt)
      .slice(0, MOST_SHOWN);
    const tokens = await Promise.all(recent.map(async (one) => describe(one, await readName(one.name, keyring))));
    return { tokens: tokens.filter((token) => token !== null), incomplete: silent.map(gateName) };
  };
}

interface Ended {
  readonly name: string;
  readonly made: Entry;
  readonly expiresAt: number;
  readonly endedAt: number;
  readonly end: End;
  readonly by?: Revoker;
}

/** @param story the entries of one name, in any order. Null for a token that lives, or that never was. */
function endOf(name: string, story: readonly Entry[], now: number): Ended | null {
  const latest = (entries: readonly Entry[]) =>
    entries.reduce<Entry | undefined>(
      (best, one) => (best === undefined || best.number < one.number ? one : best),
      undefined,
    );
  const made = latest(story.filter(({ kind }) => kind === 'vend'));
  if (made === undefined || !EXISTED.includes(made.outcome)) return null;
  const [, , , , ulid = ''] = name.split('.');
  const expiresAt =
    made.expires_at === undefined ? ulidTime(ulid) + (made.ttl ?? 0) * 1000 : Date.parse(made.expires_at);
  const token = { name, made, expiresAt };
  const revoked = story
    .filter(({ kind, outcome }) => kind === 'revoke' && (outcome === 'done' || outcome === 'pending'))
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time))[0];
  const revokedAt = revoked === undefined ? Number.POSITIVE_INFINITY : Date.parse(revoked.time);
  if (made.outcome === 'undelivered') return { ...token, endedAt: Date.parse(made.time), end: 'undelivered' };
  if (revoked !== undefined && revokedAt < expiresAt) {
    return { ...token, endedAt: revokedAt, end: 'revoked', by: revoked.actor as Revoker };
  }
  return expiresAt <= now ? { ...token, endedAt: expiresAt, end: 'expired' } : null;
}

/** The outcomes after which there was a token. Where it is unknown, nobody can say. */
const EXISTED: readonly string[] = ['made', 'undelivered', 'found'];

function describe({ made, expiresAt, endedAt, end, by }: Ended, name: TokenName | null): EndedToken | null {
  if (name === null) return null;
  return {
    name,
    permissions: made.permissions ?? [],
    createdAt: new Date(name.madeAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    end,
    ...(by === undefined ? {} : { by }),
  };
}
