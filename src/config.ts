// Env -> Settings: reads the secrets and fails closed. It names the setting that is missing or wrong, never its value, and falls back
// to nothing weaker. Secrets are read here and captured in closures; they appear in no other type.

import { readGatePlace } from './admission/gate-place.ts';
import { failure, type Result, success } from './foundation/failure.ts';
import { createKeyring, type Keyring } from './foundation/keyring.ts';
import type { Runtime } from './foundation/runtime.ts';
import { ADMIN_TOKEN_FORM } from './influx/admin-token.ts';
import { type CompiledPolicy, readCompiledPolicy } from './policy/language/compiled.ts';
import { HEADER_VALUE_FORM } from './policy/language/instance-header.ts';

export interface Settings {
  readonly policy: CompiledPolicy;
  readonly keyring: Keyring;
  /** Admin tokens by instance, in the order in which they are tried; an instance that lacks a secret is missing. */
  readonly adminTokens: ReadonlyMap<string, readonly string[]>;
  /** Further headers of each request, by instance; their values are secrets. */
  readonly headers: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** What the page's clients prove themselves with, by issuer entry; one whose secret is missing is missing. */
  readonly clientSecrets: ReadonlyMap<string, string>;
  /** Why an instance is missing, in words. */
  readonly unusable: ReadonlyMap<string, string>;
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
  const place = readGatePlace(env);
  if (!place.ok) return misconfigured(place.setting, runtime);
  const clientSecrets = readClientSecrets(env, policy, runtime);
  return success({
    policy,
    keyring: createKeyring(key, previous),
    clientSecrets,
    ...readInstances(env, policy, runtime),
  });
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

/** A missing secret fails the sign-in at its own issuer only. */
function readClientSecrets(
  env: Readonly<Record<string, unknown>>,
  policy: CompiledPolicy,
  runtime: Pick<Runtime, 'alarm'>,
): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const { name, login } of Object.values(policy.issuers)) {
    const setting = login?.page?.clientSecret;
    if (setting === undefined) continue;
    const value = env[setting];
    if (typeof value === 'string' && HEADER_VALUE_FORM.test(value.trim())) secrets.set(name, value.trim());
    else runtime.alarm('misconfigured', { setting });
  }
  return secrets;
}

/** A missing secret fails its own instance only. One admin token is enough where there are two, as during a rotation. */
function readInstances(
  env: Readonly<Record<string, unknown>>,
  policy: CompiledPolicy,
  runtime: Pick<Runtime, 'alarm'>,
): Pick<Settings, 'adminTokens' | 'headers' | 'unusable'> {
  const tokens = new Map<string, readonly string[]>();
  const headersOf = new Map<string, Readonly<Record<string, string>>>();
  const unusable = new Map<string, string>();
  for (const { name, adminTokens, headers = {} } of Object.values(policy.instances)) {
    const wrong: string[] = [];
    const read = (setting: string, form: RegExp): readonly string[] => {
      const value = env[setting];
      if (typeof value === 'string' && form.test(value.trim())) return [value.trim()];
      runtime.alarm('misconfigured', { setting });
      wrong.push(setting);
      return [];
    };
    const sound = adminTokens.flatMap((setting) => read(setting, ADMIN_TOKEN_FORM));
    if (sound.length > 0) wrong.length = 0;
    const entries = Object.entries(headers).flatMap(([header, setting]) =>
      read(setting, HEADER_VALUE_FORM).map((value) => [header, value] as const),
    );
    headersOf.set(name, Object.fromEntries(entries));
    if (wrong.length > 0) {
      unusable.set(name, `${wrong.join(' and ')}: the secret is missing, or has not the form that it must have`);
      continue;
    }
    tokens.set(name, sound);
  }
  return { adminTokens: tokens, headers: headersOf, unusable };
}
