// Env -> Settings: reads the secrets and fails closed. It names the setting that is missing or wrong, never its value, and falls back
// to nothing weaker. Secrets are read here and captured in closures; they appear in no other type.

import { failure, type Result, success } from './foundation/failure.ts';
import { createKeyring, type Keyring } from './foundation/keyring.ts';
import type { Runtime } from './foundation/runtime.ts';
import { ADMIN_TOKEN_FORM } from './influx/admin-token.ts';
import { type CompiledPolicy, readCompiledPolicy } from './policy/language/compiled.ts';

export interface Settings {
  readonly policy: CompiledPolicy;
  readonly keyring: Keyring;
  /** Admin tokens by instance, in the order in which they are tried; an instance without a valid one is missing. */
  readonly adminTokens: ReadonlyMap<string, readonly string[]>;
}

const KEY_BYTES = 32;

/** @param bindings names that `env` must hold besides the secrets. */
export function readSettings(
  env: Readonly<Record<string, unknown>>,
  policyText: string,
  bindings: readonly string[],
  runtime: Pick<Runtime, 'alarm'>,
): Result<Settings> {
  const unbound = bindings.find((binding) => env[binding] === undefined);
  if (unbound !== undefined) return misconfigured(unbound, runtime);
  const policy = readPolicy(policyText);
  if (policy === null) return misconfigured('policy', runtime);
  const key = readKey(env.STS_KEY);
  if (key === null) return misconfigured('STS_KEY', runtime);
  const previous = env.STS_KEY_PREVIOUS === undefined ? null : readKey(env.STS_KEY_PREVIOUS);
  if (env.STS_KEY_PREVIOUS !== undefined && previous === null) return misconfigured('STS_KEY_PREVIOUS', runtime);
  return success({ policy, keyring: createKeyring(key, previous), adminTokens: readAdminTokens(env, policy, runtime) });
}

function misconfigured(setting: string, runtime: Pick<Runtime, 'alarm'>) {
  runtime.alarm('misconfigured', { setting });
  return failure('misconfigured', 'This service is not configured completely; its operator has been told.');
}

function readPolicy(text: string): CompiledPolicy | null {
  try {
    return readCompiledPolicy(text);
  } catch {
    return null;
  }
}

function readKey(value: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value.trim())) return null;
  try {
    const bytes = Uint8Array.from(atob(value.trim()), (character) => character.charCodeAt(0));
    return bytes.length === KEY_BYTES ? bytes : null;
  } catch {
    return null;
  }
}

/** A missing admin token fails its own instance only. */
function readAdminTokens(
  env: Readonly<Record<string, unknown>>,
  policy: CompiledPolicy,
  runtime: Pick<Runtime, 'alarm'>,
): Map<string, readonly string[]> {
  const tokens = new Map<string, readonly string[]>();
  for (const instance of Object.values(policy.instances)) {
    const sound = instance.adminTokens.flatMap((setting) => {
      const value = env[setting];
      if (typeof value === 'string' && ADMIN_TOKEN_FORM.test(value.trim())) return [value.trim()];
      runtime.alarm('misconfigured', { setting });
      return [];
    });
    if (sound.length > 0) tokens.set(instance.name, sound);
  }
  return tokens;
}
