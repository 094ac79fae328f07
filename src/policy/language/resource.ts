// Which instances a resource indicator (RFC 8707) may mean: an instance's name, the address that callers are told, or the one that the
// Worker calls. Several instances may stand on one server. No I/O.

import type { CompiledPolicy } from './compiled.ts';

/** Names of instances; addresses are compared as text, but for the slashes at their end, which the build has cut off. */
export function instancesMeantBy(policy: CompiledPolicy, resource: string): readonly string[] {
  if (Object.hasOwn(policy.instances, resource)) return [resource];
  const address = resource.replace(/\/$/, '');
  return Object.values(policy.instances)
    .filter(({ url, publicUrl }) => url === address || publicUrl === address)
    .map(({ name }) => name);
}
