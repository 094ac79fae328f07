// Sharing: callers with the same decision receive the same token while at least half of its life is left. One store per share key holds it,
// encrypted. It never mints twice at once, however many callers wait, and mints the next token ahead while this one is still in use. It
// admits each of its own mints, and never decides: the decision has been made before.

import type { Admission } from '../admission/admission.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import { parseJson } from '../foundation/json.ts';
import type { Keyring, Sealed } from '../foundation/keyring.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Grant } from '../policy/decision/decide.ts';
import { joinTriples } from '../policy/language/permission.ts';
import { factsOf } from './facts.ts';
import { type DatabaseToken, type Mint, type MintOutcome, secondsLeft } from './mint.ts';
import { createName, sharedOwner } from './name.ts';

/** A shared token's store as the rest of the service sees it. Rejects when it cannot be reached. */
export interface SharedToken {
  /** @param policy the digest of the policy that granted it. */
  readonly obtain: (grant: Grant, policy: string) => Promise<MintOutcome>;
  /** Forgets the token of this name, so that nobody else receives it. */
  readonly evict: (name: string) => Promise<void>;
}

/** Where a shared token is kept between requests. */
export interface SharedTokenStorage {
  readonly get: (slot: Slot) => Promise<StoredToken | undefined>;
  readonly put: (slot: Slot, token: StoredToken) => Promise<void>;
  readonly delete: (slot: Slot) => Promise<void>;
  /** Calls `forget` at that time, milliseconds since the epoch. */
  readonly setAlarm: (at: number) => Promise<void>;
}

/** The token that is handed out, and the one minted ahead for the time after its window. */
type Slot = 'current' | 'next';

/** The secret is sealed; the other fields reveal no more than the token's name. */
export interface StoredToken {
  readonly name: string;
  /** When its create was sent, milliseconds since the epoch. */
  readonly mintedAt: number;
  /** Seconds. */
  readonly ttl: number;
  readonly sealed: Sealed;
}

export interface SharedTokenObject extends SharedToken {
  /** Drops expired tokens. */
  readonly forget: () => Promise<void>;
}

export interface SharedTokenDependencies {
  readonly storage: SharedTokenStorage;
  readonly mint: Mint;
  readonly admission: Pick<Admission, 'admit' | 'settle' | 'settleSoon'>;
  readonly keyring: Keyring;
  readonly runtime: Runtime;
}

/** Two callers share a token if this is equal: the canonical form of the grant, without its owner. */
export function shareKey({ instance, rule, permissions, ttl }: Grant): string {
  return JSON.stringify([instance.name, instance.url, rule, joinTriples(permissions), ttl]);
}

const IV_BYTES = 12;
/** After a failed mint ahead. There is no haste, because the token in use is good until the end of its window. */
const AHEAD_PAUSE_MS = 5_000;
/** After a token that could not be stored, because each attempt leaves a record in InfluxDB's catalogue for ever. */
const STORE_PAUSE_MS = 5_000;

export function createSharedToken({
  storage,
  mint,
  admission,
  keyring,
  runtime,
}: SharedTokenDependencies): SharedTokenObject {
  let minting: Promise<MintOutcome> | null = null;
  let aheadNotBefore = 0;
  let storeNotBefore = 0;
  /** Names that were evicted, for requests that read a slot before. */
  const evicted = new Set<string>();

  async function obtain(grant: Grant, policy: string): Promise<MintOutcome> {
    const held = await find(grant);
    if (held === null) {
      return once(async () => {
        // Meanwhile a mint may have ended, or another request may have promoted the next token.
        const meanwhile = await find(grant);
        return meanwhile === null ? mintInto('current', grant, policy) : answer(meanwhile, grant);
      });
    }
    if (minting === null && isEndingSoon(held.stored, grant)) runtime.waitUntil(mintAhead(grant, policy));
    return answer(held, grant);
  }

  /** The token in its window, or else the one that was minted ahead. */
  async function find(grant: Grant): Promise<Held | null> {
    const current = await inWindow('current', grant);
    if (current !== null) return current;
    const next = await inWindow('next', grant);
    if (next === null) return null;
    await storage.put('current', next.stored);
    await storage.delete('next');
    return next;
  }

  /** A request that comes during a mint waits for that mint. */
  function once(start: () => Promise<MintOutcome>): Promise<MintOutcome> {
    minting ??= start().finally(() => {
      minting = null;
    });
    return minting;
  }

  async function mintAhead(grant: Grant, policy: string): Promise<void> {
    if (runtime.now() < aheadNotBefore) return;
    const { result } = await once(async () => {
      const next = await inWindow('next', grant);
      return next === null ? mintInto('next', grant, policy) : answer(next, grant);
    });
    if (!result.ok) aheadNotBefore = runtime.now() + AHEAD_PAUSE_MS;
  }

  async function mintInto(slot: Slot, grant: Grant, policy: string): Promise<MintOutcome> {
    if (runtime.now() < storeNotBefore) return { name: null, result: notKept() };
    const key = shareKey(grant);
    const owner = await sharedOwner(key);
    const id = await createName({ instance: grant.instance.name, rule: grant.rule, owner }, keyring, runtime);
    const facts = factsOf('mint', grant, policy, runtime.now());
    const admitted = await admission.admit({ id, grant, claim: null, facts, personal: {} });
    if (!admitted.ok) return { name: null, result: admitted };
    const name = admitted.value.id;
    const mintedAt = runtime.now();
    const { result, leftover } = await mint.shared(admitted.value);
    if (!result.ok) {
      await admission.settle(admitted.value, { outcome: 'failed', reason: result.failure.reason });
      if (leftover) runtime.waitUntil(mint.discard(admitted.value));
      return { name, result };
    }
    const token: DatabaseToken = { ...result.value, shared: true };
    if (!(await keep(slot, token, key, { name, mintedAt, ttl: grant.ttl }))) {
      // Nobody will ever find this token again.
      await admission.settle(admitted.value, { outcome: 'undelivered', reason: 'state_unavailable' });
      runtime.waitUntil(mint.discard(admitted.value));
      return { name, result: notKept() };
    }
    admission.settleSoon(admitted.value, { outcome: 'made', expires_at: token.expiresAt });
    return { name, result: success(token) };
  }

  /** False when the token cannot be kept, so that it must not be handed out. */
  async function keep(
    slot: Slot,
    token: DatabaseToken,
    key: string,
    stored: Omit<StoredToken, 'sealed'>,
  ): Promise<boolean> {
    try {
      const sealed = await keyring.seal(JSON.stringify(token), key, runtime.random(IV_BYTES));
      if (evicted.has(stored.name)) return false;
      await storage.put(slot, { ...stored, sealed });
    } catch {
      // The next mint must not follow at once.
      storeNotBefore = runtime.now() + STORE_PAUSE_MS;
      return false;
    }
    // Without the alarm, the token is forgotten later, which does no harm.
    await storage.setAlarm(stored.mintedAt + stored.ttl * 1000).catch(() => {});
    return true;
  }

  interface Held {
    readonly stored: StoredToken;
    readonly token: DatabaseToken;
  }

  /** The token of a slot while at least half of its life is left and one of our keys opens it. */
  async function inWindow(slot: Slot, grant: Grant): Promise<Held | null> {
    const stored = await storage.get(slot);
    if (stored === undefined || runtime.now() > stored.mintedAt + windowOf(stored.ttl)) return null;
    const opened = await keyring.open(stored.sealed, shareKey(grant));
    const json = opened === null ? null : parseJson(opened);
    if (!json?.ok || evicted.has(stored.name)) return null;
    return { stored, token: json.value as DatabaseToken };
  }

  function isEndingSoon({ mintedAt, ttl }: StoredToken, { instance }: Grant): boolean {
    const window = windowOf(ttl);
    // Early enough for the other nodes of a cluster to learn of it, late enough not to mint twice as often.
    const ahead = Math.min(window / 4, Math.max(window / 8, 2 * instance.syncInterval * 1000));
    return runtime.now() >= mintedAt + window - ahead;
  }

  function answer({ stored, token }: Held, { instance }: Grant): MintOutcome {
    const known = token.usableAfter !== null && Date.parse(token.usableAfter) <= runtime.now();
    const result: Result<DatabaseToken> = success({
      ...token,
      // The address in the current policy, which may have been corrected since.
      url: instance.publicUrl,
      expiresIn: secondsLeft(stored.mintedAt, stored.ttl, runtime.now()),
      usableAfter: known ? null : token.usableAfter,
    });
    return { name: stored.name, result };
  }

  return {
    obtain,
    evict: async (name) => {
      evicted.add(name);
      for (const slot of ['current', 'next'] as const) {
        if ((await storage.get(slot))?.name === name) await storage.delete(slot);
      }
    },
    forget: async () => {
      for (const slot of ['current', 'next'] as const) {
        const stored = await storage.get(slot);
        if (stored === undefined) continue;
        const end = stored.mintedAt + stored.ttl * 1000;
        if (runtime.now() >= end) await storage.delete(slot);
        else await storage.setAlarm(end);
      }
    },
  };
}

function notKept() {
  return failure('state_unavailable', 'The shared token cannot be kept at the moment. Ask again.');
}

/** Milliseconds in which a token of this life, in seconds, is handed out. */
function windowOf(ttl: number): number {
  return ttl * 500;
}
