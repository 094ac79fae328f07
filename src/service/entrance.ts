// The ways in to the page: the issuers at which people sign in, the proxies that hand their tokens over, and the one use case, which begins
// a session. It never talks to an issuer itself, and never gives a client's secret but to the sign-in that needs it.

import type { Receipt, Recorded } from '../audit/recorder.ts';
import type { Settings } from '../config.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Keyring } from '../foundation/keyring.ts';
import { parseToken } from '../identity/token.ts';
import type { PageLogin, TrustedIssuer } from '../identity/trusted-issuer.ts';
import { entryByAudience } from '../identity/verifier.ts';
import type { Identify } from './identify.ts';

/** An issuer at which people sign in. */
export interface WayIn {
  /** The entry's name in the policy. */
  readonly name: string;
  readonly iss: string;
  readonly login: PageLogin;
  /** Seconds. */
  readonly clockSkew: number;
  /** Null for a public client; a failure where the secret is missing. */
  readonly clientSecret: () => Result<string | null>;
}

export interface Entrance {
  /** In the order of the policy. */
  readonly ways: readonly WayIn[];
  /** Whether a proxy such as Cloudflare Access may hand tokens over. */
  readonly proxied: boolean;
  /** Where such proxies sign people in. */
  readonly proxyOrigins: readonly string[];
  /** Loopback http addresses of issuers are accepted. */
  readonly development: boolean;
  readonly keyring: Pick<Keyring, 'authenticate' | 'browserKeys'>;
  /** The proxy's entry that an unverified token names, with its end; null for a token of anybody else. */
  readonly readProxied: (subjectToken: string) => Claimed | null;
  /** Verifies the token with which a session begins, and that it is of that entry. */
  readonly begin: BeginSession;
}

/** What an unverified token says of itself. */
export interface Claimed {
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

export interface Begun {
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  /** Whose session it is, for as long as they have the page open. */
  readonly subject: string;
}

/** It takes the sign-in, or the fault in it, and records either. */
export type BeginSession = (
  receipt: Receipt,
  read: Result<{ readonly issuer: string; readonly subjectToken: string }>,
) => Promise<Result<Begun>>;

export interface EntranceDependencies {
  readonly settings: Pick<Settings, 'policy' | 'keyring' | 'clientSecrets'>;
  readonly identify: Identify;
  readonly recorded: Recorded;
}

export function createEntrance({ settings, identify, recorded }: EntranceDependencies): Entrance {
  const { policy, keyring, clientSecrets } = settings;
  const entries = Object.values(policy.issuers);
  const isProxy = ({ proxiesPage, singleUse }: TrustedIssuer) => proxiesPage === true && !singleUse;
  return {
    ways: entries.flatMap(({ name, iss, login, clockSkew }) =>
      login?.page === undefined
        ? []
        : [{ name, iss, login: login.page, clockSkew, clientSecret: () => secretOf(name, login.page!) }],
    ),
    proxied: entries.some(isProxy),
    proxyOrigins: [...new Set(entries.filter(isProxy).map(({ iss }) => new URL(iss).origin))],
    development: policy.development,
    keyring,
    readProxied: (subjectToken) => {
      const parsed = parseToken(subjectToken);
      if (!parsed.ok) return null;
      const { claims, times } = parsed.value;
      // The verifier picks the entry in the same way, after the signature.
      const entry = entryByAudience(
        claims,
        entries.filter(({ iss }) => iss === claims.iss),
      );
      if (!entry.ok || !isProxy(entry.value) || times.exp === undefined) return null;
      return { issuer: entry.value.name, endsAt: times.exp * 1000 };
    },
    begin: (receipt, read) =>
      recorded('session', receipt, async (note) => {
        if (!read.ok) return read;
        const { issuer, subjectToken } = read.value;
        const identity = await identify(subjectToken, note);
        if (!identity.ok) return identity;
        const { issuer: entry, subject, expiresAt } = identity.value;
        if (entry.name !== issuer || entry.singleUse) {
          return failure(
            'claim_invalid',
            `The token came from the sign-in at "${issuer}", and this service takes it for one of "${entry.name}".`,
          );
        }
        return success({ endsAt: expiresAt * 1000, subject: JSON.stringify([entry.iss, ...subject]) });
      }),
  };

  function secretOf(name: string, { clientSecret }: PageLogin): Result<string | null> {
    if (clientSecret === undefined) return success(null);
    const secret = clientSecrets.get(name);
    if (secret !== undefined) return success(secret);
    return failure('misconfigured', 'This sign-in is not configured completely; the service has told its operator.');
  }
}
