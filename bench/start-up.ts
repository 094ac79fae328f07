// From the start of a process to its first answer, which is that of a vend: what the first caller of a new isolate waits for. The storage is
// empty, so that the first durable step is part of it.

import { createCase } from './cases.ts';
import type { Arena, ContenderName } from './contenders.ts';
import { ask } from './load.ts';
import { median } from './rounds.ts';

export interface FirstAnswer {
  /** From the start of the process. */
  readonly ms: number;
  /** The request alone. */
  readonly request_ms: number;
}

const STARTED: readonly ContenderName[] = ['floor', 'durable', 'tutorial', 'node', 'ours', 'stubbed'];

/** Medians; the contenders take turns, so that other load on the machine affects all of them. */
export async function measureFirstAnswers(arena: Arena, starts: number) {
  const times = new Map<string, { all: number[]; request: number[] }>();
  for (let at = 0; at < starts; at++) {
    for (const name of STARTED) {
      const vend = createCase(`${name}.vend`, arena.callers);
      await vend.ensure(1);
      const start = performance.now();
      const running = await arena.start(name);
      const listening = performance.now();
      await ask(running.port, vend);
      const end = performance.now();
      running.stop();
      const { all, request } = times.get(name) ?? { all: [], request: [] };
      times.set(name, { all: [...all, end - start], request: [...request, end - listening] });
    }
  }
  return Object.fromEntries(
    [...times].map(([name, { all, request }]) => [name, { ms: median(all), request_ms: median(request) }]),
  ) as Readonly<Record<ContenderName, FirstAnswer>>;
}
