// The fourth verb: Admitted -> DatabaseToken. It makes one upstream request and checks the answer against it. A token whose outcome is not
// definite is never handed out, and is deleted by its name once the admission has been settled.

import type { Admitted } from '../admission/admission.ts';
import { encodeBase64url } from '../foundation/base64url.ts';
import { type Failure, failure, type Result, success } from '../foundation/failure.ts';
import type { Keyring } from '../foundation/keyring.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Grant } from '../policy/decision/decide.ts';
import { joinTriples, type Triple } from '../policy/language/permission.ts';
import { type CreatedToken, type CreateOutcome, unsoundCreate } from './answer.ts';
import type { CreateTokenRequest, InfluxClient } from './client.ts';
import { deleteForCertain, type PendingDeletions, planDeletion } from './deletion.ts';
import { createLease } from './lease.ts';
import { createName, ownerDigest, readName } from './name.ts';
import { type Silence, tellSilence } from './silence.ts';

/** A token that InfluxDB accepts, and what its holder needs to know of it. */
export interface DatabaseToken {
  readonly token: string;
  /** The capability to revoke it; null for a shared token, which has no single owner. */
  readonly lease: string | null;
  readonly name: string;
  readonly permissions: readonly string[];
  /** As InfluxDB returned it. */
  readonly expiresAt: string;
  /** Whole seconds from now, free of clock skew between us and InfluxDB. */
  readonly expiresIn: number;
  readonly rule: string;
  readonly instance: string;
  readonly url: string;
  /** Whether others may hold the same token. */
  readonly shared: boolean;
  /** When every node of a cluster knows the token; null for a single node. */
  readonly usableAfter: string | null;
}

export interface Minted {
  readonly result: Result<DatabaseToken>;
  /** InfluxDB may have made a token all the same: it must be discarded. */
  readonly leftover: boolean;
}

/** As it crosses from the store of a shared token. The name is null when InfluxDB was not called. */
export type MintOutcome = Pick<Minted, 'result'> & { readonly name: string | null };

export interface Mint {
  /** A fresh name for a token of the caller's own. */
  readonly nameOwn: (grant: Grant) => Promise<string>;
  /** A token of the caller's own. */
  readonly own: (admitted: Admitted) => Promise<Minted>;
  /** A token that several callers will hold. */
  readonly shared: (admitted: Admitted) => Promise<Minted>;
  /**
   * Deletes a token that cannot be handed out, and repeats that until it is certain. Settle its admission first.
   * @returns whether it is certain by now.
   */
  readonly discard: (admitted: Pick<Admitted, 'grant' | 'id'>) => Promise<boolean>;
}

export interface MintDependencies {
  /** By instance name. */
  readonly clients: ReadonlyMap<string, InfluxClient>;
  readonly keyring: Keyring;
  readonly pending: PendingDeletions;
  readonly runtime: Runtime;
}

export function createMint({ clients, keyring, pending, runtime }: MintDependencies): Mint {
  async function mint({ grant, id: name, mintBefore }: Admitted): Promise<Minted> {
    const { instance } = grant;
    const nothing = (result: Result<never>): Minted => ({ result, leftover: false });
    const sentAt = runtime.now();
    // INVARIANT: a record that says "never made" is final, because no create starts after this time.
    if (sentAt >= mintBefore) return nothing(tooLate());
    const client = clients.get(instance.name);
    if (client === undefined) return nothing(misconfigured(instance.name, 'a secret of it is missing or wrong'));
    // While a new version is being rolled out, a store of the old one may be asked for an instance that has moved.
    if (client.url !== instance.url) return nothing(moved(instance.name));

    const request = createRequest(name, grant);
    const answered = await client.createToken(request);
    const outcome = checkCreated(answered, request);
    if (outcome.kind === 'unknown' && answered.kind === 'created') {
      tellSilence(outcome, { instance: instance.name, method: 'POST', address: instance.url }, runtime);
    }
    switch (outcome.kind) {
      case 'created':
        return { result: success(describe(grant, outcome.created, sentAt, runtime.now())), leftover: false };
      case 'refused':
        return nothing({ ok: false, failure: refusalFailure(outcome, grant, runtime) });
      case 'unknown':
        return { result: { ok: false, failure: unknownFailure(outcome, instance.name) }, leftover: true };
    }
  }

  return {
    nameOwn: async ({ instance, rule, owner }) =>
      createName({ instance: instance.name, rule, owner: await ownerDigest(keyring, owner) }, keyring, runtime),
    own: async (admitted) => {
      const { result, leftover } = await mint(admitted);
      if (!result.ok) return { result, leftover };
      return { result: success({ ...result.value, lease: await createLease(admitted.id, keyring) }), leftover };
    },
    shared: mint,
    discard: async ({ grant, id }) => {
      const client = clients.get(grant.instance.name);
      const name = await readName(id, keyring);
      if (client === undefined || name === null) return false;
      const deletion = planDeletion(id, name.madeAt, grant.instance);
      return (await deleteForCertain(client, deletion, pending, runtime)).state === 'settled';
    },
  };
}

function tooLate() {
  return failure('state_unavailable', 'Recording this request took so long that no token was asked for. Ask again.');
}

function createRequest(name: string, grant: Grant): CreateTokenRequest {
  const resources = new Map<string, { readonly triple: Triple; readonly actions: string[] }>();
  for (const triple of grant.permissions) {
    const key = `${triple.type}:${triple.name}`;
    const resource = resources.get(key);
    if (resource === undefined) resources.set(key, { triple, actions: [triple.action] });
    else resource.actions.push(triple.action);
  }
  return {
    token_name: name,
    permissions: [...resources.values()].map(({ triple, actions }) => ({
      resource_type: triple.type,
      resource_names: [triple.name],
      actions,
    })),
    expiry_secs: grant.ttl,
  };
}

/** Exactly 64 random bytes after the prefix. */
const TOKEN_FORM = /^apiv3_[A-Za-z0-9_-]{85}[AQgw]$/;

const TOKEN_BYTES = 64;

/** In the form of InfluxDB's own tokens. It opens nothing until InfluxDB is told of it. */
export function randomToken({ random }: Pick<Runtime, 'random'>): string {
  return `apiv3_${encodeBase64url(random(TOKEN_BYTES))}`;
}

export function looksLikeDatabaseToken(text: string): boolean {
  return TOKEN_FORM.test(text);
}

const RFC3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** A 201 that does not match the request counts as no answer. */
export function checkCreated(
  outcome: CreateOutcome,
  request: Pick<CreateTokenRequest, 'token_name' | 'expiry_secs'>,
): CreateOutcome {
  if (outcome.kind !== 'created') return outcome;
  const { name, token, createdAt, expiry } = outcome.created;
  const sound =
    name === request.token_name &&
    looksLikeDatabaseToken(token) &&
    RFC3339_UTC.test(createdAt) &&
    RFC3339_UTC.test(expiry) &&
    Date.parse(expiry) - Date.parse(createdAt) === request.expiry_secs * 1000;
  return sound ? outcome : unsoundCreate('a 201 for another token than was asked for');
}

function describe(grant: Grant, created: CreatedToken, sentAt: number, now: number): DatabaseToken {
  const { instance } = grant;
  return {
    token: created.token,
    lease: null,
    name: created.name,
    permissions: joinTriples(grant.permissions),
    expiresAt: created.expiry,
    expiresIn: secondsLeft(sentAt, grant.ttl, now),
    rule: grant.rule,
    instance: instance.name,
    url: instance.publicUrl,
    shared: false,
    usableAfter: instance.syncInterval === 0 ? null : new Date(now + instance.syncInterval * 1000).toISOString(),
  };
}

/** Whole seconds of a life that began when the create was sent at the latest; never negative. */
export function secondsLeft(sentAt: number, ttl: number, now: number): number {
  return Math.max(0, Math.floor(ttl - (now - sentAt) / 1000));
}

function refusalFailure(
  { status, words, unknownResource: database }: CreateOutcome & { readonly kind: 'refused' },
  grant: Grant,
  runtime: Runtime,
): Failure {
  const instance = grant.instance.name;
  if (status === 401 || status === 403) {
    runtime.alarm('admin_token_refused', { instance, status });
    return misconfigured(instance, 'InfluxDB does not accept its admin token').failure;
  }
  if (database !== null && grant.permissions.some(({ type, name }) => type === 'db' && name === database)) {
    const detail = `InfluxDB has no database "${database}" on instance "${instance}". Create it first, or correct the name.`;
    return failure('database_unknown', detail, {
      members: { database },
      retryable: grant.instance.syncInterval > 0,
    }).failure;
  }
  runtime.alarm('create_refused', { instance, status, ...words });
  return failure('upstream_refused', `InfluxDB instance "${instance}" refused to create the token (status ${status}).`)
    .failure;
}

function unknownFailure({ why, cause, lasting }: Silence, instance: string): Failure {
  const what = why === 'unreachable' ? 'did not answer' : 'gave an answer that cannot be trusted';
  const remedy = lasting ? 'Its operator has been told, and must change that first.' : 'Nothing is lost: ask again.';
  const reason = why === 'unreachable' ? 'upstream_unreachable' : 'upstream_unreadable';
  return failure(reason, `InfluxDB instance "${instance}" ${what}: ${cause}. ${remedy}`).failure;
}

function moved(instance: string) {
  return failure('state_unavailable', `InfluxDB instance "${instance}" is being moved to another server. Ask again.`);
}

function misconfigured(instance: string, cause: string) {
  return failure(
    'misconfigured',
    `This service cannot use InfluxDB instance "${instance}": ${cause}. Its operator has been told.`,
  );
}
