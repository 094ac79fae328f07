// The callers: they ask, ask again when they are refused or hear nothing, show one token to several Workers at once, show a used one again, and
// hang up. What they are given, they have.

import { JOBS } from '../policy.ts';
import type { World } from '../world.ts';
import type { SubjectToken, Workers } from './workers.ts';

export interface Callers {
  /** Begins a time in which callers come, milliseconds long. */
  readonly come: (duration: number) => void;
  /** One caller more, with a token that nobody has seen. Whether they got what they asked for. */
  readonly ask: (issuer: SubjectToken['issuer'], job: string) => Promise<boolean>;
}

export function createCallers(world: World, workers: Workers): Callers {
  const { timeline, random } = world;
  let tokens = 0;
  const shown: SubjectToken[] = [];

  function issue(issuer: SubjectToken['issuer'], job: string): SubjectToken {
    const issuedAt = Math.floor(timeline.now() / 1000) - random.pick([0, 0, 5, 30]);
    const expiresAt = issuedAt + random.pick([60, 300, 600]);
    return { issuer, job, jti: `jti-${++tokens}`, who: `caller-${random.between(1, 3)}`, issuedAt, expiresAt };
  }

  async function attempt(token: SubjectToken, isGone: () => boolean): Promise<boolean> {
    const result = await workers.vend(token, isGone).catch(() => null);
    if (!result?.ok) return false;
    const { name } = result.value;
    const jti = token.issuer === 'ci' ? token.jti : null;
    const [from, until] = [token.issuedAt * 1000, token.expiresAt * 1000];
    world.happened({ kind: 'handed_out', name, jti, from, until });
    return true;
  }

  function visit(token: SubjectToken): void {
    shown.push(token);
    let isGone = false;
    if (random.chance(0.2)) {
      timeline.after(random.between(0, random.chance(0.5) ? 300 : 15_000), () => {
        isGone = true;
        timeline.tell(() => `who holds ${token.jti} hangs up`);
      });
    }
    void attempt(token, () => isGone);
  }

  // Anyone who has kept a token tries it when the record of its use is gone.
  world.onFact((fact) => {
    if (fact.kind !== 'lost') return;
    for (const token of shown.slice(-5)) timeline.after(random.between(0, 60_000), () => visit(token));
  });

  return {
    come: (duration) => {
      const bursts = random.between(3, 8);
      for (let burst = 0; burst < bursts; burst++) {
        timeline.after(random.between(0, duration), () => {
          const issuer = random.pick(['ci', 'ci', 'backend'] as const);
          const token = issue(issuer, random.pick(JOBS[issuer]));
          const visits = random.pick([1, 1, 2, 4]);
          const spread = random.pick([0, 50, 3_000, 30_000, 120_000]);
          for (let one = 0; one < visits; one++) timeline.after(random.between(0, spread), () => visit(token));
        });
      }
    },
    ask: (issuer, job) => attempt(issue(issuer, job), () => false),
  };
}
