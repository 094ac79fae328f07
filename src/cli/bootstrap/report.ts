// What `influx-sts bootstrap` reports about the files that it wrote, for people and as JSON. It picks the facts that can be shown, and
// never holds a token.

import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import { counted } from '../policy/findings.ts';
import { operatorCommand, serverOptions, stepsOf, storeCommand, type Written } from './steps.ts';
import type { AdminTokenFile, PermissionTokensFile } from './token-files.ts';

export interface Bootstrapped {
  readonly written: Written;
  readonly admin: AdminTokenFile;
  /** Null when the policy lists nothing for the instance. */
  readonly permissions: PermissionTokensFile | null;
}

export interface BootstrapReport {
  readonly json: object;
  readonly lines: readonly string[];
  /** Problems that may keep the server from starting or the service from vending. */
  readonly notes: readonly string[];
}

export function createBootstrapReport(bootstrapped: Bootstrapped, policy: CompiledPolicy): BootstrapReport {
  const { written, admin, permissions } = bootstrapped;
  const notes = notesOn(bootstrapped, policy);
  const expiresAt = timeOf(admin.expiry_millis);
  const tokens = (permissions?.tokens ?? []).map(({ name, permissions: list, expiry_millis }) => ({
    name,
    permissions: list,
    expires_at: timeOf(expiry_millis),
  }));
  const databases = permissions?.create_databases ?? [];

  const json = {
    instance: written.instance.name,
    admin_token: { file: written.adminTokenFile, name: admin.name, expires_at: expiresAt },
    permission_tokens:
      permissions === null ? null : { file: written.permissionTokensFile, create_databases: databases, tokens },
    server: serverOptions(written),
    commands: { make_operator_token: operatorCommand(written), store_admin_token: storeCommand(written) },
    notes,
  };
  const end = expiresAt === null ? 'never expires' : `expires at ${expiresAt}`;
  const lines = [
    `wrote ${written.adminTokenFile}: the admin token "${admin.name}", which ${end}`,
    ...(permissions === null
      ? []
      : [
          `wrote ${written.permissionTokensFile}: ${counted(databases.length, 'database')}, ${counted(tokens.length, 'static token')}`,
          ...tokens.map((one) => `    "${one.name}": ${one.permissions.join(' ')}, expires at ${one.expires_at}`),
        ]),
    '',
    'Next:',
    ...stepsOf(written).flatMap(({ say, paste }, at) => [
      `  ${at + 1}. ${say}`,
      ...paste.map((line) => `       ${line}`),
    ]),
  ];
  return { json, lines, notes };
}

function notesOn({ written, permissions }: Bootstrapped, policy: CompiledPolicy): readonly string[] {
  const recent = (permissions?.tokens ?? []).filter((token) =>
    token.permissions.some((one) => /^(db:\*|system:ready):/.test(one)),
  );
  const named = policy.rules.flatMap((rule) =>
    rule.effect === 'allow' && rule.instance === written.instance.name
      ? rule.entries.flatMap(({ type, name }) => (type === 'db' && name.kind === 'literal' ? [name.text] : []))
      : [],
  );
  const { instance, adminTokenFile, permissionTokensFile } = written;
  const files = [adminTokenFile, ...(permissionTokensFile === null ? [] : [permissionTokensFile])];
  const started = `if no server has started with ${files.length === 1 ? 'it' : 'them'}`;
  const missing = [...new Set(named)].filter((name) => permissions?.create_databases.includes(name) !== true);
  return [
    ...recent.map(({ name }) => `a server before 3.10 does not start with db:* or system:ready, which "${name}" has`),
    ...(missing.length === 0
      ? []
      : [
          `rules name databases that the new server will lack: ${missing.join(', ')}; list them under preconfigured.${instance.name}.create_databases, then delete ${files.join(' and ')} ${started}, and run this again`,
        ]),
  ];
}

/** RFC 3339, in whole seconds. */
function timeOf(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
