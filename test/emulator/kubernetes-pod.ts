// A pod as the kubelet runs it, without containers: volumes are folders, init containers run before the others and in order, sidecars are
// waited for and ended last. There is no mount namespace, so where a container names a mount its text names the folder instead.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandResult, Running } from '../documentation/workbench.ts';

interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  /** Makes an init container a sidecar. */
  readonly restartPolicy?: 'Always';
  readonly startupProbe?: {
    readonly exec: { readonly command: readonly string[] };
    readonly periodSeconds: number;
    readonly failureThreshold: number;
  };
}

interface Volume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly projected?: {
    readonly sources: readonly {
      readonly serviceAccountToken: {
        readonly path: string;
        readonly audience: string;
        readonly expirationSeconds: number;
      };
    }[];
  };
}

export interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly Volume[];
  };
}

export interface PodOptions {
  /** Where its volumes are made. */
  readonly folder: string;
  readonly start: (command: readonly string[], variables: Readonly<Record<string, string>>) => Running;
  /** What the cluster signs for the pod's service account. */
  readonly sign: (account: { readonly namespace: string; readonly name: string }, audience: string) => Promise<string>;
  /** Called when the containers have started and ended, and the sidecars still run. */
  readonly beforeEnd?: () => void;
}

export interface PodResult extends CommandResult {
  readonly container: string;
}

/** Runs it to its end, or to the first container that fails. */
export async function runPod(
  { metadata, spec }: Pod,
  { folder, start, sign, beforeEnd }: PodOptions,
): Promise<PodResult[]> {
  for (const volume of spec.volumes) {
    await mkdir(join(folder, volume.name), { recursive: true });
    for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
      const account = { namespace: metadata.namespace, name: spec.serviceAccountName };
      const token = await sign(account, serviceAccountToken.audience);
      await writeFile(join(folder, volume.name, serviceAccountToken.path), token);
    }
  }
  const launch = (container: Container, command: readonly string[]) => {
    const local = (text: string) => withFolders(text, container, folder);
    const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, local(value)]));
    return start(command.map(local), env);
  };
  const results: PodResult[] = [];
  const sidecars: { readonly container: Container; readonly running: Running }[] = [];
  const runOut = async (container: Container) => {
    const ended = await launch(container, [...container.command, ...(container.args ?? [])]).ended;
    results.push({ container: container.name, ...ended });
    return ended.code === 0;
  };
  const runAll = async () => {
    for (const container of spec.initContainers ?? []) {
      if (container.restartPolicy !== 'Always') {
        if (!(await runOut(container))) return;
        continue;
      }
      sidecars.push({ container, running: launch(container, [...container.command, ...(container.args ?? [])]) });
      if (!(await hasStarted(container, launch))) return;
    }
    await Promise.all(spec.containers.map(runOut));
    beforeEnd?.();
  };
  await runAll();
  for (const { container, running } of sidecars.reverse()) {
    running.end('SIGTERM');
    results.push({ container: container.name, ...(await running.ended) });
  }
  return results;
}

/** Probes more often than the pod says, to keep the tests short, but never for longer. */
async function hasStarted(
  container: Container,
  launch: (container: Container, command: readonly string[]) => Running,
): Promise<boolean> {
  const { startupProbe } = container;
  if (startupProbe === undefined) return true;
  const deadline = Date.now() + startupProbe.periodSeconds * startupProbe.failureThreshold * 1000;
  while (Date.now() < deadline) {
    if ((await launch(container, startupProbe.exec.command).ended).code === 0) return true;
    await new Promise((go) => setTimeout(go, 50));
  }
  return false;
}

function withFolders(text: string, { volumeMounts = [] }: Container, folder: string): string {
  return volumeMounts.reduce(
    (changed, { name, mountPath }) =>
      changed.replaceAll(new RegExp(`(?<![\\w/.])${mountPath}(?=[/\\s"']|$)`, 'g'), join(folder, name)),
    text,
  );
}
