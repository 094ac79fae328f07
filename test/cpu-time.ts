// How long some work keeps a processor busy, which does not depend on what else runs on the machine. It measures no waiting.

/** Milliseconds of this process. */
export function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
