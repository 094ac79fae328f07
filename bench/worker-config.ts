// What wrangler.toml gives the Worker, for a run without wrangler: its date, its Durable Objects, its rate limits, its secrets. Nothing of
// it is written down here a second time.

import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';

const ROOT = join(import.meta.dirname, '..');

export interface ObjectBinding {
  readonly binding: string;
  readonly className: string;
}

export interface WorkerConfig {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly objects: readonly ObjectBinding[];
  readonly rateLimits: readonly string[];
  readonly secrets: readonly string[];
}

/** What is read of wrangler's own type, which its package does not resolve. */
interface Configured {
  readonly compatibility_date?: string;
  readonly compatibility_flags: readonly string[];
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
  readonly ratelimits: readonly { readonly name: string }[];
  readonly secrets?: { readonly required?: readonly string[] };
}

export function readWorkerConfig(file = join(ROOT, 'wrangler.toml')): WorkerConfig {
  const config: Configured = unstable_readConfig({ config: file });
  return {
    compatibilityDate: config.compatibility_date ?? '',
    compatibilityFlags: config.compatibility_flags,
    objects: config.durable_objects.bindings.map(({ name, class_name }) => ({ binding: name, className: class_name })),
    rateLimits: config.ratelimits.map(({ name }) => name),
    secrets: config.secrets?.required ?? [],
  };
}
