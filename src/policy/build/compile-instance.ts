// `instances:` with their defaults filled in: what stands behind each name, and by which secrets it is used. No I/O.

import { addressProblem } from '../language/address.ts';
import type { Instance } from '../language/compiled.ts';
import { headerProblem } from '../language/instance-header.ts';
import { addressAdvice } from './address-advice.ts';
import { bareIpProblem } from './bare-ip.ts';
import type { Report } from './report.ts';
import type { InstanceEntry } from './schema.ts';

interface InstanceContext {
  readonly development: boolean;
}

export function compileInstances(
  entries: Readonly<Record<string, InstanceEntry>>,
  { development }: InstanceContext,
  report: Report,
): Record<string, Instance> {
  const adminTokens = new Set(Object.values(entries).flatMap((entry) => adminTokensOf(entry)));
  const instances = Object.entries(entries).map(([name, entry]): Instance => {
    for (const key of ['url', 'public_url'] as const) {
      const address = entry[key];
      if (address === undefined) continue;
      const problem =
        addressProblem(address, development) ?? (key === 'url' ? bareIpProblem(address, development) : null);
      if (problem !== null)
        report.error(
          ['instances', name, key],
          `the address cannot be used: ${problem}`,
          addressAdvice(address, problem),
        );
    }
    const url = entry.url.replace(/\/+$/, '');
    const headers = compileHeaders(name, entry, adminTokens, report);
    return {
      name,
      url,
      publicUrl: entry.public_url?.replace(/\/+$/, '') ?? url,
      adminTokens: adminTokensOf(entry),
      ...(headers === null ? {} : { headers }),
      syncInterval: entry.sync_interval ?? 0,
    };
  });
  return Object.fromEntries(instances.map((instance) => [instance.name, instance]));
}

function adminTokensOf({ admin_token: first, admin_token_next: next }: InstanceEntry): readonly string[] {
  return next === undefined ? [first] : [first, next];
}

/** By header in lower case, since a header's name has no case; null where there are none. */
function compileHeaders(
  instance: string,
  { headers = {} }: InstanceEntry,
  adminTokens: ReadonlySet<string>,
  report: Report,
): Readonly<Record<string, string>> | null {
  const compiled = new Map<string, string>();
  for (const [header, secret] of Object.entries(headers)) {
    const path = ['instances', instance, 'headers', header];
    const name = header.toLowerCase();
    const problem = compiled.has(name) ? 'it is there twice' : headerProblem(header);
    if (problem !== null) report.error(path, `the header "${header}" cannot be sent: ${problem}`, 'take it out');
    if (adminTokens.has(secret)) {
      const fix = 'name the secret that the gateway gave, such as INFLUXDB3_ACCESS_CLIENT_ID';
      report.error(path, `${secret} is an admin token, which goes to InfluxDB alone`, fix);
    }
    compiled.set(name, secret);
  }
  return compiled.size === 0 ? null : Object.fromEntries(compiled);
}
