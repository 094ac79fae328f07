// How the job gets its token: hidden from the log first, noted for the last step second, and only then given to other steps. It never
// prints the token, and never changes this order.

import { exportVariable, saveState, setOutput, setSecret } from '@actions/core';
import type { DatabaseToken } from '../client/database-token.ts';
import { influxVariables } from '../client/influx-variables.ts';
import type { Inputs } from './inputs.ts';
import { formsOf } from './masks.ts';

/** What the first step tells the last. */
export const STATE = { url: 'url', lease: 'lease', keep: 'keep' };

export function hide(secret: string): void {
  for (const form of formsOf(secret)) setSecret(form);
}

/** From here on the last step revokes the token, whatever happens to this step. */
export function note({ token, lease }: DatabaseToken, url: string): void {
  hide(token);
  if (lease === null) return;
  hide(lease);
  saveState(STATE.url, url);
  saveState(STATE.lease, lease);
}

export function handOver(token: DatabaseToken, { exportEnv, database: chosen }: Inputs): void {
  const database = chosen ?? onlyDatabase(token.permissions) ?? '';
  setOutput('token', token.token);
  setOutput('url', token.url);
  setOutput('database', database);
  setOutput('name', token.name);
  setOutput('expires-at', token.expires_at);
  setOutput('permissions', token.permissions.join('\n'));
  setOutput('rule', token.rule);
  setOutput('instance', token.instance);
  if (!exportEnv) return;
  for (const [name, value] of Object.entries(influxVariables(token, database === '' ? null : database))) {
    // The runner cannot unset a variable. Programs treat an empty one as not set, so they do not use the database of another token.
    if (value !== undefined || (process.env[name] ?? '') !== '') exportVariable(name, value ?? '');
  }
}

/** The database that the permissions are for, if there is just one. */
function onlyDatabase(permissions: readonly string[]): string | null {
  const named = permissions.map((permission) => permission.split(':')).filter(([type]) => type === 'db');
  const names = new Set(named.flatMap(([, databases]) => databases?.split(',') ?? []));
  const [name] = names;
  return names.size === 1 && name !== undefined && !name.includes('*') ? name : null;
}
