// Revokes the credential that is presented: the lease, or the database token, whose holder needs no name and no identity to give it up. A
// database token goes only to the instance that it is said to be for, as a credential to try. It is never kept, noted or repeated.

import type { Note, Receipt } from '../audit/recorder.ts';
import { withinDeadline } from '../foundation/deadline.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import { looksLikeLease } from '../influx/lease.ts';
import { listByToken } from '../influx/ledger.ts';
import { looksLikeDatabaseToken, randomToken } from '../influx/mint.ts';
import type { TokenName } from '../influx/name.ts';
import { probeToken } from '../influx/possession.ts';
import type { Instance } from '../policy/language/compiled.ts';
import {
  deleteToken,
  entitledBy,
  notFound,
  openLease,
  type RevokeDependencies,
  type Revoked,
  silent,
  unusable,
} from './revoke.ts';

export type RevokeTokenRequest = Result<{
  /** A lease or a database token; every other text is a token that does not exist. */
  readonly token: string;
  /** The instance of a database token, by name or address; needed where there are several. */
  readonly resource?: string;
  /** The source of the request, which is slowed down if it tries database tokens. */
  readonly source: string;
}>;

export type RevokeToken = (receipt: Receipt, read: RevokeTokenRequest) => Promise<Result<Revoked>>;

/** Counts attempts. Rejects when it cannot be reached. */
export interface RateLimiter {
  /** False when this key has reached its limit for now. */
  readonly take: (key: string) => Promise<boolean>;
}

export interface RevokeTokenDependencies extends Omit<RevokeDependencies, 'identify'> {
  readonly limiter: RateLimiter;
  /** Further headers of each request, by instance. */
  readonly headers: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export function createRevokeToken(dependencies: RevokeTokenDependencies): RevokeToken {
  const { recorded, keyring } = dependencies;
  return (receipt, read) =>
    recorded('revoke', receipt, async (note) => {
      if (!read.ok) return read;
      const { token, resource, source } = read.value;
      if (looksLikeLease(token)) {
        const leased = await openLease(token, keyring);
        return leased.ok ? deleteToken(entitledBy('lease', leased.value), receipt, note, dependencies) : leased;
      }
      if (!looksLikeDatabaseToken(token)) return notFound();
      const allowed = await takeAttempt(source, dependencies);
      if (!allowed.ok) return allowed;
      const named = instancesNamed(resource, dependencies);
      if (!named.ok) return named;
      const name = await findByToken(token, named.value, note, dependencies);
      return name.ok ? deleteToken(entitledBy('holder', name.value), receipt, note, dependencies) : name;
    });
}

/** A counter is near: either it answers at once, or it is down. */
const LIMITER_TIMEOUT_MS = 2_000;

async function takeAttempt(source: string, { limiter, runtime }: RevokeTokenDependencies): Promise<Result<null>> {
  const taken = await withinDeadline(limiter.take(networkOf(source)), LIMITER_TIMEOUT_MS, runtime);
  if (taken === true) return success(null);
  if (taken === false) {
    const detail = 'Too many database tokens were revoked from this address just now. Wait, or revoke by the lease.';
    return failure('rate_limited', detail);
  }
  runtime.alarm('rate_limiter_unavailable', { limiter: 'REVOCATIONS' });
  const detail = 'How often this address has asked cannot be checked at the moment. Ask again, or revoke by the lease.';
  return failure('state_unavailable', detail);
}

/** Anyone who has one address of IPv6 has its whole /64 (RFC 6177), so that counts as one. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const whole = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ?? '').split(':')];
  return whole
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** The instances that the request names. None is not an error here, because nobody may learn that there is no such instance. */
function instancesNamed(
  resource: string | undefined,
  { policy }: RevokeTokenDependencies,
): Result<readonly Instance[]> {
  const instances = Object.values(policy.instances);
  if (resource === undefined && instances.length > 1) {
    const detail =
      'The token may be of several instances. Name its own as "resource", by the name that came with the token.';
    return failure('request_malformed', detail);
  }
  const address = resource?.replace(/\/$/, '');
  return success(
    instances.filter(({ name, publicUrl }) => resource === undefined || resource === name || address === publicUrl),
  );
}

/**
 * The name of the token, once the caller has proven that they hold it. Until then they must not learn which instances there are. If they
 * named none that exists, InfluxDB gets a random token instead, so that the answer and its timing are those of a dead token.
 */
async function findByToken(
  token: string,
  named: readonly Instance[],
  note: Note,
  dependencies: RevokeTokenDependencies,
): Promise<Result<TokenName>> {
  const { policy, headers, runtime } = dependencies;
  const probe = ({ name, url }: Instance, shown: string) =>
    probeToken({ name, url, headers: headers.get(name) ?? {} }, shown, runtime);
  if (named.length === 0) {
    const [first] = Object.values(policy.instances) as [Instance];
    return (await probe(first, randomToken(runtime))) === 'unknown' ? untried() : notFound();
  }
  const proofs = await Promise.all(named.map(async (one) => ({ name: one.name, possession: await probe(one, token) })));
  const live = proofs.filter(({ possession }) => possession === 'live').map(({ name }) => name);
  if (live.length > 0) return findName(token, live, note, dependencies);
  return proofs.some(({ possession }) => possession === 'unknown') ? untried() : notFound();
}

/** Names no instance, because nothing has been proven. */
function untried() {
  const detail =
    'The token cannot be tried at the moment, so it may still be alive. Ask again, or revoke by the lease.';
  return failure('upstream_unreachable', detail);
}

/** Among our names on the instances that accept the token; there may be several instances on one server. */
async function findName(
  token: string,
  instances: readonly string[],
  note: Note,
  { clients, keyring, runtime }: RevokeTokenDependencies,
): Promise<Result<TokenName>> {
  const found: TokenName[] = [];
  for (const instance of instances) {
    note({ instance });
    const client = clients.get(instance);
    if (client === undefined) return unusable(instance);
    const names = await listByToken(client, { instance, token }, keyring);
    if (names === null) return silent(instance, 'Ask again.');
    if (names === 'refused') {
      runtime.alarm('admin_token_refused', { instance });
      return unusable(instance);
    }
    found.push(...names);
  }
  const [name, ...more] = found;
  return name === undefined || more.length > 0 || name.shared ? notFound() : success(name);
}
