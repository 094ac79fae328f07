// What the operating system has charged to a process, in nanoseconds, and the memory that it holds. Linux only. It measures nothing itself.

import { readdirSync, readFileSync } from 'node:fs';

/** Nanoseconds on a processor, user and system, by thread. */
export type CpuByThread = ReadonlyMap<string, number>;

/**
 * Of every thread: `/proc/PID/schedstat` counts the first one alone. `/proc/PID/stat` counts them all, but in ticks of 10 ms, which is too
 * coarse for short rounds.
 */
export function readCpu(pid: number): CpuByThread {
  const tasks = `/proc/${pid}/task`;
  const cpu = new Map<string, number>();
  for (const thread of readdirSync(tasks)) {
    try {
      cpu.set(thread, onProcessor(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8')));
    } catch (error) {
      // The thread has ended since the folder was read; what it did since the last reading is lost.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return cpu;
}

/** The first of three numbers: time on the processor, time waiting for one, times it was given one. */
export function onProcessor(schedstat: string): number {
  const [, nanoseconds] = /^(\d+) \d+ \d+\s*$/.exec(schedstat) ?? [];
  if (nanoseconds === undefined)
    throw new Error('this kernel does not count CPU time for each thread (CONFIG_SCHED_INFO)');
  return Number(nanoseconds);
}

/** Nanoseconds between two readings. A thread that is new counts whole. */
export function cpuBetween(before: CpuByThread, after: CpuByThread): number {
  let sum = 0;
  for (const [thread, nanoseconds] of after) sum += nanoseconds - (before.get(thread) ?? 0);
  return sum;
}

/** Megabytes of memory that the process holds at this moment. */
export function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
