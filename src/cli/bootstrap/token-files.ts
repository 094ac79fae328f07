// The two token files that a server reads at its first start. They hold tokens in plain text, so this file never writes them: its callers
// decide where they go. No I/O.

import type { Runtime } from '../../foundation/runtime.ts';
import { randomToken } from '../../influx/mint.ts';
import type { Preconfigured } from '../../policy/build/preconfigured.ts';

/** For `--admin-token-file`. */
export interface AdminTokenFile {
  readonly token: string;
  readonly name: string;
  /** Milliseconds since the epoch; InfluxDB takes a missing one for "never". */
  readonly expiry_millis?: number;
}

/** For `--permission-tokens-file`, which InfluxDB 3 Enterprise alone has. */
export interface PermissionTokensFile {
  /** Created before the tokens, which may name no other database. */
  readonly create_databases: readonly string[];
  readonly tokens: readonly (AdminTokenFile & { readonly permissions: readonly string[] })[];
}

type Sources = Pick<Runtime, 'now' | 'random'>;

/** @param life seconds; null for a token that never ends. */
export function createAdminTokenFile(name: string, life: number | null, sources: Sources): AdminTokenFile {
  const token = { token: randomToken(sources), name };
  return life === null ? token : { ...token, expiry_millis: endOf(life, sources) };
}

export function createPermissionTokensFile(
  { databases, tokens }: Preconfigured,
  sources: Sources,
): PermissionTokensFile {
  return {
    create_databases: databases,
    tokens: tokens.map(({ name, permissions, life }) => ({
      token: randomToken(sources),
      name,
      expiry_millis: endOf(life, sources),
      permissions,
    })),
  };
}

function endOf(life: number, { now }: Sources): number {
  return now() + life * 1000;
}
