// Thousands of random mutations of a good request. None may crash the service, hang it, or earn a token that an oracle, which looks at the
// mutant without any code of the service, does not grant: neither for what it says, nor for what has been used before. A failure names
// the seed that repeats it.

import { beforeAll, describe, expect, it } from 'vitest';
import { rounds } from '../rounds.ts';
import { createWorld, expectNoSecrets, type Reply, type World } from '../world.ts';
import { createRandom, mutateObject, mutateText, PIECES, type Random } from './mutate.ts';

const SEED = Number(process.env.MUTATION_SEED ?? 20_261_123);
const PER_KIND = rounds(400, 15_000);
const PERMISSION = 'db:ci_metrics:write';

const REQUIRED = {
  repository_id: '123456',
  repository_owner_id: '77',
  ref: 'refs/heads/main',
  iss: 'https://token.actions.githubusercontent.com',
};

/** Whether the policy of the world would vend for these claims, if a trusted key had signed them. */
function isAdmitted(world: World, claims: Record<string, unknown>): boolean {
  const now = Math.floor(world.clock.now / 1000);
  const { aud, exp, iat, nbf, sub, jti, event_name } = claims as Record<'exp' | 'iat' | 'nbf', number> &
    Record<string, unknown>;
  const audiences = Array.isArray(aud) ? aud : [aud];
  return (
    Object.entries(REQUIRED).every(([name, value]) => Object.hasOwn(claims, name) && claims[name] === value) &&
    (event_name === 'push' || event_name === 'workflow_dispatch') &&
    audiences.length === 1 &&
    audiences[0] === 'https://sts.example.com' &&
    isTime(exp) &&
    (isTime(iat) || (!Object.hasOwn(claims, 'iat') && isTime(nbf))) &&
    now < Math.floor(exp) + 60 &&
    Math.ceil(iat ?? nbf) <= now + 60 &&
    (!Object.hasOwn(claims, 'nbf') || (isTime(nbf) && Math.ceil(nbf) <= now + 60)) &&
    typeof sub === 'string' &&
    sub !== '' &&
    typeof jti === 'string' &&
    jti !== ''
  );
}

/** A JSON number of seconds, of a size that a time can have. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) < 2 ** 53;
}

/** Whether a body asks, in plain JSON, for no more than the one permission that the caller has. */
function isModest(body: string): boolean {
  if (body === '') return true;
  try {
    const { permissions = [PERMISSION], rule = 'ci-metrics', instance = 'main', ...more } = JSON.parse(body);
    return (
      permissions.every((one: string) => one === PERMISSION) &&
      rule === 'ci-metrics' &&
      instance === 'main' &&
      Object.keys(more).every((key) => key === 'ttl')
    );
  } catch {
    return false;
  }
}

interface Mutant {
  readonly token: string;
  readonly body: string;
  /** Whether a token is allowed to come of it, if nobody has used it before. */
  readonly mayVend: boolean;
  /** What it is used up by. */
  readonly jti: unknown;
}

describe(`random mutations (seed ${SEED})`, () => {
  let world: World;
  let parts: { header: Record<string, unknown>; claims: Record<string, unknown>; token: string };
  /** The `jti` of every token that earned something. */
  const used = new Set<unknown>();
  const body = JSON.stringify({ permissions: [PERMISSION], ttl: '15m', rule: 'ci-metrics', instance: 'main' });

  beforeAll(async () => {
    world = await createWorld();
    const token = await world.ciToken();
    const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    parts = { token, header: JSON.parse(header!), claims: JSON.parse(claims!) };
  });

  /** Runs one kind of mutation many times; each round is given claims that nobody has used. */
  async function run(
    kind: number,
    mutate: (random: Random, fresh: Record<string, unknown> & { readonly jti: string }) => Promise<Mutant>,
  ) {
    const random = createRandom(SEED + kind);
    const tally = { vended: 0, refused: 0 };
    for (let round = 0; round < PER_KIND; round++) {
      const mutant = await mutate(random, { ...parts.claims, jti: `${kind}-${round}` });
      world.events.length = 0;
      world.alarms.length = 0;
      const reply = await world.vend(mutant.token, mutant.body);
      check(reply, mutant, `seed ${SEED}, kind ${kind}, round ${round}: ${JSON.stringify(mutant)}`);
      tally[reply.status === 201 ? 'vended' : 'refused']++;
    }
    return tally;
  }

  function check(reply: Reply, { token, mayVend, jti }: Mutant, repeat: string): void {
    expect(world.events, repeat).toHaveLength(1);
    // "Used before" is said only of what would have earned a token the first time, so it is held against the oracle as well.
    const replayed = reply.body.reason === 'token_replayed';
    if (reply.status === 201 || replayed) {
      expect(mayVend, repeat).toBe(true);
      expect(used.has(jti), repeat).toBe(replayed);
      used.add(jti);
    }
    if (reply.status === 201) {
      expect(reply.body.permissions, repeat).toEqual([PERMISSION]);
      return;
    }
    expect(reply.status < 500 || reply.body.reason === 'keys_unavailable', `${reply.text} ${repeat}`).toBe(true);
    expect(reply.headers.get('content-type'), repeat).toBe('application/problem+json');
    expect(world.alarms, repeat).toEqual([]);
    expectNoSecrets(world, reply.text, [parts.token, token]);
  }

  it('of the bytes of a token are all refused', async () => {
    const pieces = [...'AZaz09-_.=+/ ', 'eyJ', '..', 'AAAA', '%00', '~'];
    const tally = await run(1, async (random) => {
      const token = mutateText(parts.token, random, pieces).trim();
      return { token, body, mayVend: token === parts.token, jti: parts.claims.jti };
    });
    expect(tally.refused).toBeGreaterThan(PER_KIND * 0.9);
  });

  it('of a signed header earn nothing by a changed key or algorithm', async () => {
    const tally = await run(2, async (random, fresh) => {
      const changed = mutateObject(parts.header, random);
      const text = random(4) === 0 ? mutateText(JSON.stringify(parts.header), random, PIECES) : JSON.stringify(changed);
      const token = await world.github.signRaw(text, fresh);
      return { token, body, mayVend: isOwnKey(text), jti: fresh.jti };
    });
    expect(tally.refused).toBeGreaterThan(PER_KIND / 2);
  });

  it('of signed claims earn nothing that the policy does not say', async () => {
    const tally = await run(3, async (random, fresh) => {
      const text =
        random(4) === 0
          ? mutateText(JSON.stringify(fresh), random, PIECES)
          : JSON.stringify(mutateObject(fresh, random));
      const token = await world.github.signRaw(parts.header, text);
      const claims = parseOrEmpty(text);
      return { token, body, mayVend: isAdmitted(world, claims), jti: claims.jti };
    });
    expect(Math.min(tally.refused, tally.vended)).toBeGreaterThan(PER_KIND / 20);
  });

  it('of the body earn nothing beyond the rule', async () => {
    const tally = await run(4, async (random, fresh) => {
      const mutant =
        random(2) === 0 ? mutateText(body, random, PIECES) : JSON.stringify(mutateObject(JSON.parse(body), random));
      const token = await world.github.signRaw(parts.header, fresh);
      return { token, body: mutant, mayVend: isModest(mutant), jti: fresh.jti };
    });
    expect(tally.refused).toBeGreaterThan(PER_KIND / 2);
    expect(tally.vended).toBeGreaterThan(0);
  });

  it('leave the service as it was', async () => {
    const reply = await world.vend(await world.ciToken(), body);
    expect(reply.status).toBe(201);
  });

  function isOwnKey(text: string): boolean {
    const header = parseOrEmpty(text);
    if (['crit', 'b64', 'zip', 'jku', 'x5u', 'jwk', 'x5c'].some((name) => Object.hasOwn(header, name))) return false;
    const { alg, kid = parts.header.kid, typ } = header;
    return alg === 'RS256' && kid === parts.header.kid && typeof typ === 'string' && /^(application\/)?jwt$/i.test(typ);
  }
});

function parseOrEmpty(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
