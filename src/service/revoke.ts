// Revokes one token: for its owner, for an operator, or for anyone who holds its lease. It never reveals whether a token exists that the
// caller may not revoke.

import type { Admission } from '../admission/admission.ts';
import type { Limits } from '../admission/limit/limits.ts';
import type { Actor, Personal, Settlement } from '../admission/record.ts';
import type { Note, Receipt, Recorded } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Keyring } from '../foundation/keyring.ts';
import { type CredentialKind, credentialIn } from '../foundation/misplaced-credential.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { InfluxClient } from '../influx/client.ts';
import { deleteForCertain, type PendingDeletions, planDeletion } from '../influx/deletion.ts';
import { looksLikeLease, readLease } from '../influx/lease.ts';
import { ownerDigests, readName, type TokenName } from '../influx/name.ts';
import type { Sharing } from '../influx/sharing.ts';
import { rolesOf } from '../policy/decision/candidates.ts';
import { ownerOf } from '../policy/decision/decide.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';
import type { Identify } from './identify.ts';
import { personalOf } from './personal.ts';

export type RevokeRequest = Result<{
  /** A subject token or a lease. */
  readonly credential: string;
  /** The name of the token. */
  readonly name: string;
}>;

/** `pending`: the deletion will be repeated until every node must have heard of it. */
export type Revoked = 'revoked' | 'pending';

export type Revoke = (receipt: Receipt, read: RevokeRequest) => Promise<Result<Revoked>>;

/** What is needed to delete a token of ours, however the caller has shown that they may revoke it. */
export interface DeletionDependencies {
  readonly policy: CompiledPolicy;
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly sharing: Sharing;
  readonly pending: PendingDeletions;
  readonly admission: Pick<Admission, 'isSettled' | 'write'>;
  readonly limits: Pick<Limits, 'free'>;
  readonly runtime: Runtime;
}

export interface RevokeDependencies extends DeletionDependencies {
  readonly identify: Identify;
  readonly keyring: Keyring;
  readonly recorded: Recorded;
}

export type Revoker = Extract<Actor, 'owner' | 'operator' | 'lease' | 'holder'>;

/** A token, and by what somebody may revoke it. */
export interface Entitled {
  readonly name: TokenName;
  readonly actor: Revoker;
  /** Who they are, where that was verified. */
  readonly issuer?: string;
  readonly personal: Personal;
}

/** Who holds a lease, or the token, may be anyone. */
export function entitledBy(actor: 'lease' | 'holder', name: TokenName): Entitled {
  return { name, actor, personal: {} };
}

export function createRevoke(dependencies: RevokeDependencies): Revoke {
  const { recorded, keyring } = dependencies;
  return (receipt, read) =>
    recorded('revoke', receipt, async (note) => {
      if (!read.ok) return read;
      const { credential, name: text } = read.value;
      const byLease = looksLikeLease(credential);
      const entitled = byLease
        ? await leasedName(credential, text, keyring)
        : await ownedName(credential, text, note, dependencies);
      return entitled.ok ? deleteToken(entitled.value, receipt, note, dependencies) : entitled;
    });
}

async function leasedName(lease: string, text: string, keyring: Keyring): Promise<Result<Entitled>> {
  const name = await openLease(lease, keyring);
  if (!name.ok) return name;
  return name.value.text === text ? success(entitledBy('lease', name.value)) : notNamed(text);
}

/** A lease opens exactly the token that it names, and never a shared one. */
export async function openLease(lease: string, keyring: Keyring): Promise<Result<TokenName>> {
  const leased = await readLease(lease, keyring);
  if (leased === null) return failure('token_malformed', 'The lease was not made by this service, or was changed.');
  const name = await readName(leased, keyring);
  return name !== null && !name.shared ? success(name) : notFound();
}

async function ownedName(
  subjectToken: string,
  text: string,
  note: Note,
  { identify, policy, keyring }: RevokeDependencies,
): Promise<Result<Entitled>> {
  const identity = await identify(subjectToken, note);
  if (!identity.ok) return identity;
  const name = await readName(text, keyring);
  if (name === null) return notNamed(text);
  const { issuer, claims } = identity.value;
  const owners = await ownerDigests(keyring, ownerOf(identity.value));
  const entitled = { name, issuer: issuer.name, personal: personalOf(identity.value, null) };
  if (owners.includes(name.owner)) return success({ ...entitled, actor: 'owner' });
  const isOperator = rolesOf(policy, { issuer: issuer.name, claims }).has('operator');
  return isOperator ? success({ ...entitled, actor: 'operator' }) : notFound();
}

/** The last step of each revocation. Never call it for a name that the caller has not shown to be theirs. */
export async function deleteToken(
  entitled: Entitled,
  receipt: Receipt,
  note: Note,
  dependencies: DeletionDependencies,
): Promise<Result<Revoked>> {
  const { policy, clients, sharing, pending, admission, limits, runtime } = dependencies;
  const { name, actor, issuer, personal } = entitled;
  note({ rule: name.rule, instance: name.instance, token_name: name.text });
  const instance = Object.hasOwn(policy.instances, name.instance) ? policy.instances[name.instance] : undefined;
  const client = clients.get(name.instance);
  if (instance === undefined) return notFound();
  if (client === undefined) return unusable(name.instance);
  // Before the deletion, because the store could otherwise hand out a token that is about to be deleted.
  if (name.shared && !(await sharing.evict(name.owner, name.text))) {
    return failure('state_unavailable', 'The shared token cannot be withdrawn at the moment. Ask again.');
  }
  const deletion = planDeletion(name.text, name.madeAt, instance);
  // On a single node nothing spreads: once the create has been answered, a 404 is final. A name is recorded before its create, so that it is
  // known does not say that; a lease and a token come only with the answer.
  const settled = actor === 'lease' || actor === 'holder' ? async () => true : () => admission.isSettled(name.text);
  const early = instance.syncInterval === 0 && runtime.now() < deletion.finalAt ? settled : undefined;
  const { outcome, state } = await deleteForCertain(client, deletion, pending, runtime, early);
  const about = { kind: 'revoke', actor, request_id: receipt.id, ...(issuer === undefined ? {} : { issuer }) } as const;
  const facts = { ...about, rule: name.rule, instance: name.instance, policy: policy.digest };
  runtime.waitUntil(admission.write(name.text, facts, personal, SETTLEMENTS[state]));
  if (state === 'settled') {
    // Before the answer, because a caller who revokes a token often wants another one at once.
    if (!name.shared) await limits.free(name.rule, [name.text]);
    return success('revoked');
  }
  const comfort = state === 'kept' ? 'The revocation will be repeated; ask again to be sure.' : 'Ask again.';
  if (outcome === 'refused') return unusable(name.instance, comfort);
  if (outcome === 'failed') return silent(name.instance, comfort);
  if (state === 'kept') return success('pending');
  return failure(
    'state_unavailable',
    `InfluxDB instance "${name.instance}" has not heard of the token yet, and the revocation cannot be repeated. Ask again.`,
  );
}

/** What the trail says of a deletion. */
const SETTLEMENTS: Readonly<Record<'settled' | 'kept' | 'lost', Settlement>> = {
  settled: { outcome: 'done' },
  kept: { outcome: 'pending' },
  lost: { outcome: 'failed', reason: 'state_unavailable' },
};

export function unusable(instance: string, comfort = '') {
  const detail = `This service cannot use InfluxDB instance "${instance}"; its operator has been told. ${comfort}`;
  return failure('misconfigured', detail.trimEnd());
}

export function silent(instance: string, comfort: string) {
  return failure('upstream_unreachable', `InfluxDB instance "${instance}" did not answer. ${comfort}`);
}

/** Not one of our names. A credential gets its own message, which warns the caller and does not repeat it. */
function notNamed(text: string) {
  const kind = credentialIn(text);
  return kind === null ? notFound() : failure('not_found', MISPLACED[kind]);
}

/** The same message for a token that does not exist and for one of another caller. */
export function notFound() {
  return failure('not_found', 'There is no such token, or it is not yours to revoke.');
}

const SEEN = 'It has now been in an address, which logs and proxies keep:';
const BY_FORM = 'POST /oauth/revoke, as "token" in a form and never in the address.';

const MISPLACED: Readonly<Record<CredentialKind, string>> = {
  'database token': `This is a database token and not the name of one. ${SEEN} revoke it, by ${BY_FORM}`,
  lease: `This is a lease and not the name of a token. ${SEEN} revoke its token, by ${BY_FORM}`,
  'subject token': `This is a subject token and not the name of a database token. ${SEEN} let nobody use it until it ends. GET /v1/tokens gives the names.`,
};
