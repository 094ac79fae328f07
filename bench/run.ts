// One run: starts everyone, warms them, measures first answers, rounds, heap and memory, and ends everyone. Prints nothing.

import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { type Case, createCase, createRevocation, LABELS, REVOCATION } from './cases.ts';
import { type Arena, CONTENDERS, type ContenderName } from './contenders.ts';
import { cpuBetween, readCpu, residentMegabytes } from './cpu.ts';
import { kilobytesPerRequest, readCollections } from './heap.ts';
import { ask, type Load, openConnections } from './load.ts';
import type { Plan } from './plan.ts';
import { runRounds, type Sample, type Samples, sampleOf, shuffled } from './rounds.ts';
import type { Running } from './workerd.ts';

/** Requests a second of a case that has not shown yet how fast it is: each may need a token of its own. */
const FIRST_RATE = 2_000;
/** A round that goes better than any before it may still not run out of tokens. */
const RESERVE = 1.5;
const LEASES = 32;
/** The cases that are warmed longest. */
const isVend = (label: string) => label.endsWith('.vend');
/** Whose heap is measured. */
export const HEAPS: readonly string[] = [
  'floor.vend',
  'floor.refuse',
  'durable.vend',
  'tutorial.vend',
  'node.vend',
  'stubbed.vend',
  'ours.vend',
  'ours.shared',
  'ours.refuse',
];
/** What tops up the count of requests: it needs no tokens but those that have been sent before. */
const FILLING = 'ours.refuse';

export interface Memory {
  readonly requests: number;
  readonly megabytes: number;
}

export interface Measured {
  readonly samples: Samples;
  readonly heap: ReadonlyMap<string, number | null>;
  /** Of the service: after the warm-up, and at the end. */
  readonly memory: readonly [Memory, Memory];
}

export async function run(arena: Arena, plan: Plan, say: (step: string) => void): Promise<Measured> {
  const running = new Map<ContenderName, Running>();
  for (const name of CONTENDERS) running.set(name, await arena.start(name));
  const cases = new Map<string, Case>();
  const rates = new Map<string, number>();
  let answeredByUs = 0;

  async function drive(label: string, milliseconds: number): Promise<{ load: Load; cpu: number }> {
    const one = cases.get(label)!;
    const { port, pid } = running.get(one.contender)!;
    await one.ensure(Math.ceil((rates.get(label) ?? FIRST_RATE) * (milliseconds / 1000) * RESERVE));
    const connections = await openConnections(port);
    try {
      const before = readCpu(pid);
      const load = await connections.run(one, milliseconds);
      const cpu = cpuBetween(before, readCpu(pid));
      rates.set(label, Math.max(rates.get(label) ?? 0, load.requests / load.seconds));
      if (one.contender === 'ours') answeredByUs += load.requests;
      return { load, cpu };
    } finally {
      connections.close();
    }
  }

  say('warm-up');
  for (const label of LABELS.filter((one) => one !== REVOCATION)) cases.set(label, createCase(label, arena.callers));
  cases.set(REVOCATION, createRevocation(await vendSome(cases.get('ours.vend')!, running.get('ours')!.port)));
  answeredByUs += LEASES;
  // In slices, so that the cases of one process are warmed together, as they will be measured.
  for (let slice = 0; slice < WARM_UP_SLICES; slice++) {
    for (const label of shuffled(LABELS, Math.random)) {
      await drive(label, (isVend(label) ? plan.warmUpMs : plan.shortWarmUpMs) / WARM_UP_SLICES);
    }
  }
  const service = running.get('ours')!;
  const warm = { requests: answeredByUs, megabytes: residentMegabytes(service.pid) };

  say('rounds');
  const sample = async (label: string): Promise<Sample> => {
    const { load, cpu } = await drive(label, plan.roundMs);
    return sampleOf(load, cpu);
  };
  const samples = await runRounds(LABELS, plan.rounds, sample, Math.random);

  say('heap');
  const heap = new Map<string, number | null>();
  for (const label of HEAPS) {
    const { log } = running.get(cases.get(label)!.contender)!;
    let kilobytes: number | null = null;
    // On a busy machine there may be too few requests for the few collections that it takes.
    for (const milliseconds of [plan.heapMs, plan.heapMs * 6]) {
      if (kilobytes !== null) break;
      const from = statSync(log).size;
      const { load } = await drive(label, milliseconds);
      kilobytes = kilobytesPerRequest(readCollections(readFrom(log, from)), load);
    }
    heap.set(label, kilobytes);
  }

  say('memory');
  while (answeredByUs < plan.memoryAfter) await drive(FILLING, 1_000);
  const memory = [warm, { requests: answeredByUs, megabytes: residentMegabytes(service.pid) }] as const;
  const lines = await countRecords(service.log);
  if (lines < answeredByUs) throw new Error(`${answeredByUs} requests left ${lines} audit lines`);
  return { samples, heap, memory };
}

const WARM_UP_SLICES = 4;

async function vendSome(vend: Case, port: number) {
  await vend.ensure(LEASES);
  const answers = [];
  for (let at = 0; at < LEASES; at++) answers.push(await ask(port, vend));
  return answers;
}

function readFrom(file: string, position: number): string {
  const buffer = Buffer.alloc(statSync(file).size - position);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, buffer, 0, buffer.length, position);
  closeSync(descriptor);
  return buffer.toString('latin1');
}

const BRACE = 0x7b;
const NEWLINE = 0x0a;

/** Lines of JSON; beside them stand those about collections. */
async function countRecords(file: string): Promise<number> {
  let records = 0;
  let before = NEWLINE;
  for await (const chunk of createReadStream(file)) {
    for (const byte of chunk as Buffer) {
      if (byte === BRACE && before === NEWLINE) records++;
      before = byte;
    }
  }
  return records;
}
