// The callers: signed tokens with a subject and a `jti` each, the policy that knows them, and the bodies that they send. Keys and tokens
// are made for the run and forgotten with it. They are signed when they are needed, never while something is measured.

import { compilePolicy } from '../src/policy/build/compile.ts';
import { formatFinding } from '../src/policy/build/report.ts';
import { createIssuer, type Issuer } from '../test/emulator/issuer.ts';
import { githubActions } from '../test/emulator/personas.ts';

export const AUDIENCE = 'https://sts.example.com';
export const ISSUER = 'https://token.actions.githubusercontent.com';
const UNKNOWN_ISSUER = 'https://token.example.net';

/** A table of ordinary size, in which one rule matches the caller. */
const RULES = { vend: 84, slow: 8, shared: 8 } as const;
type Kind = keyof typeof RULES;
const FIRST_OWNER: Readonly<Record<Kind | 'stranger', number>> = {
  vend: 1_000,
  slow: 2_000,
  shared: 3_000,
  stranger: 9_000,
};
const STRANGE_OWNERS = 50;
const FIRST_REPOSITORY = 1_000_000;
/** Longer than any run. */
const LIFE_SECONDS = 3_600;

/** The owners that the short table of the tutorial and the Node service holds. */
export const OWNERS: readonly string[] = (Object.keys(RULES) as Kind[]).flatMap((kind) =>
  Array.from({ length: RULES[kind] }, (_, at) => String(FIRST_OWNER[kind] + at)),
);

/** Tokens of one kind of caller, in a fixed order: everything that is measured meets the same ones. */
export interface Pool {
  /** Signs until there are so many. */
  readonly ensure: (count: number) => Promise<void>;
  readonly size: () => number;
  readonly at: (index: number) => string;
}

export type PoolName = Kind | 'stranger' | 'forged' | 'unknown';

export interface Callers {
  readonly issuer: Issuer;
  readonly pools: Readonly<Record<PoolName, Pool>>;
}

export async function createCallers(): Promise<Callers> {
  const [issuer, unknown] = await Promise.all([createIssuer({ iss: ISSUER }), createIssuer({ iss: UNKNOWN_ISSUER })]);
  const exp = Math.floor(Date.now() / 1000) + LIFE_SECONDS - 60;
  const job = (signer: Issuer, firstOwner: number, owners: number, at: number) => {
    const [owner, repository] = [String(firstOwner + (at % owners)), String(FIRST_REPOSITORY + at)];
    const sub = `repo:acme@${owner}/app@${repository}:ref:refs/heads/main`;
    const claims = { aud: AUDIENCE, sub, repository_id: repository, repository_owner_id: owner };
    return signer.sign({ ...githubActions(claims), exp });
  };
  const known = (kind: Kind) => createPool((at) => job(issuer, FIRST_OWNER[kind], RULES[kind], at));
  const stranger = (at: number) => job(issuer, FIRST_OWNER.stranger, STRANGE_OWNERS, at);
  return {
    issuer,
    pools: {
      vend: known('vend'),
      slow: known('slow'),
      shared: known('shared'),
      stranger: createPool(stranger),
      forged: createPool(async (at) => forged(await stranger(at))),
      unknown: createPool((at) => job(unknown, FIRST_OWNER.stranger, STRANGE_OWNERS, at)),
    },
  };
}

/** The same with another signature of the right length. */
function forged(token: string): string {
  const start = token.lastIndexOf('.') + 1;
  const [first, ...rest] = token.slice(start);
  return token.slice(0, start) + (first === 'A' ? 'B' : 'A') + rest.join('');
}

/** So many signatures are under way at once, which occupies every processor and bounds the memory for them. */
const SIGNED_AT_ONCE = 256;

function createPool(sign: (at: number) => Promise<string>): Pool {
  const tokens: string[] = [];
  let underWay: Promise<void> = Promise.resolve();
  const grow = async (count: number) => {
    while (tokens.length < count) {
      const batch = Math.min(SIGNED_AT_ONCE, count - tokens.length);
      tokens.push(...(await Promise.all(Array.from({ length: batch }, (_, at) => sign(tokens.length + at)))));
    }
  };
  return {
    ensure: (count) => {
      underWay = underWay.then(() => grow(count));
      return underWay;
    },
    size: () => tokens.length,
    at: (index) => tokens[index]!,
  };
}

/** Dozens, in the orders and spacings that clients write, so that no answer can be prepared for one of them. */
const bodiesOf = (lives: readonly string[]): readonly string[] =>
  lives.flatMap((ttl) => {
    const [metrics, logs, builds] = ['db:ci_metrics:write', 'db:ci_logs:write', 'db:builds:read'];
    return [
      { permissions: [metrics], ttl },
      { ttl, permissions: [metrics] },
      { permissions: [logs, metrics], ttl },
      { permissions: [builds], ttl },
      { permissions: [metrics, logs, builds], ttl },
      { ttl, permissions: [builds, logs] },
    ].flatMap((body) => [JSON.stringify(body), JSON.stringify(body, null, 1)]);
  });

export const BODIES = bodiesOf(['15m', '30m', '900s', '1h', '2700s', '20m']);
/** A shared token has the life that its rule says, and no other. */
export const SHARED_BODIES = bodiesOf(['1h', '60m', '3600s']);

/** The policy for these callers; single use is on, as the preset has it. */
export async function policyFor(issuer: Issuer, upstreams: { readonly atOnce: string; readonly slow: string }) {
  const rules = (Object.keys(RULES) as Kind[]).flatMap((kind) =>
    Array.from(
      { length: RULES[kind] },
      (_, at) => `
  - name: ${kind}-${at}
    issuer: github
    instance: ${kind === 'slow' ? 'slow' : 'main'}
    when: { repository_owner_id: "${FIRST_OWNER[kind] + at}", ref: refs/heads/main, event_name: [push, workflow_dispatch] }
    allow: ["db:ci_metrics:write", "db:ci_logs:write", "db:builds:read"]
    ttl: 1h${kind === 'shared' ? '\n    share: true' : ''}`,
    ),
  );
  const text = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions, jwks: ${JSON.stringify(issuer.jwks())} }
instances:
  main: { url: "${upstreams.atOnce}", admin_token: INFLUXDB3_ADMIN_TOKEN }
  slow: { url: "${upstreams.slow}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:${rules.join('')}
  - name: never-from-forks
    issuer: github
    when: { event_name: pull_request_target }
    deny: ["db:*:write"]
`;
  const { policy, findings } = await compilePolicy(text, { development: true });
  if (policy === null) throw new Error(findings.map((finding) => formatFinding('bench policy', finding)).join('\n'));
  return JSON.stringify(policy);
}
