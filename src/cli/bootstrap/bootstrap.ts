// `influx-sts bootstrap`: writes the token files for a new InfluxDB server, so that the service has an admin token before anyone can ask
// for one. It never contacts a server, prints no token and overwrites no file.

import { join } from 'node:path';
import { OPERATOR_TOKEN } from '../../influx/admin-token.ts';
import { ADMIN_TOKEN_NAME, type Preconfigured } from '../../policy/build/preconfigured.ts';
import type { Instance } from '../../policy/language/compiled.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { DEFAULT_ADMIN_LIFE, readAdminLife } from '../admin/life.ts';
import { type LoadedPolicy, loadPolicy, POLICY_HELP, policyPath } from '../policy/file.ts';
import { defineCommand, didYouMean, EXIT, misuse, stop } from '../shell/command.ts';
import { createRuntime } from '../shell/runtime.ts';
import { createBootstrapReport } from './report.ts';
import { writeSecretFiles } from './secret-files.ts';
import type { Written } from './steps.ts';
import { createAdminTokenFile, createPermissionTokensFile } from './token-files.ts';

const NAME = 'bootstrap';
const DEFAULT_FOLDER = 'influxdb3-tokens';

const HELP = `influx-sts ${NAME}: write the token files that a new InfluxDB server is started with

Usage: influx-sts ${NAME} [options]

Writes the service's admin token, and the databases and static tokens that the policy lists under "preconfigured", into
files; it needs no server. Then it prints what to do with them: the server's options, and the command that stores the admin
token. A server of 3.4 or later reads the files when it starts and makes what does not exist yet. It changes no token that
it already has.

Options:
  --instance NAME       the instance of the policy (default: the only one)
  ${POLICY_HELP}
  --out DIR             where to write the files (default: ${DEFAULT_FOLDER})
  --name N              the name of the admin token (default: ${ADMIN_TOKEN_NAME}); with ${OPERATOR_TOKEN} the server starts with its
                        operator token, and the service is given a named one after that
  --expires D           the life of the admin token, from 1h to 366d (default: ${DEFAULT_ADMIN_LIFE}; for ${OPERATOR_TOKEN}, no expiry)
  --json                print one JSON object
  -h, --help            print this

Only you can read the files. The command overwrites no file and prints no token.

Exit codes: 0 written, 1 the policy has errors, 2 wrong usage or a file that cannot be read or written.
`;

export const bootstrapCommand = defineCommand({
  name: NAME,
  summary: 'write the token files that a new InfluxDB server is started with',
  help: HELP,
  options: {
    instance: { type: 'string' },
    policy: { type: 'string' },
    out: { type: 'string' },
    name: { type: 'string' },
    expires: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: async ({ values }, terminal) => {
    const { name = ADMIN_TOKEN_NAME, out: folder = DEFAULT_FOLDER } = values;
    if (name !== OPERATOR_TOKEN && !/^[a-z0-9-]{1,40}$/.test(name)) {
      return misuse(terminal, NAME, `--name takes 1 to 40 of a-z, 0-9 and "-", or ${OPERATOR_TOKEN}`);
    }
    const given = values.expires ?? (name === OPERATOR_TOKEN ? null : DEFAULT_ADMIN_LIFE);
    const life = given === null ? null : readAdminLife(given);
    if (life?.ok === false) return misuse(terminal, NAME, life.problem);
    const loaded = await loadPolicy(policyPath(values.policy, terminal), NAME, terminal);
    if (!loaded.ok) return loaded.exit;
    const instance = instanceOf(loaded.value, values.instance);
    if (!instance.ok) return misuse(terminal, NAME, instance.problem);
    const preconfigured = preconfiguredOf(loaded.value, instance.value);
    if (preconfigured.tokens.some((token) => token.name === name)) {
      return misuse(terminal, NAME, `the policy has a static token "${name}"; give the admin token another --name`);
    }

    const runtime = createRuntime(new AbortController().signal);
    const admin = createAdminTokenFile(name, life?.value ?? null, runtime);
    const needsPermissions = preconfigured.databases.length + preconfigured.tokens.length > 0;
    const permissions = needsPermissions ? createPermissionTokensFile(preconfigured, runtime) : null;
    const fileOf = (kind: string) => join(folder, `${instance.value.name}-${kind}.json`);
    const written: Written = {
      instance: instance.value,
      adminTokenName: name,
      adminTokenFile: fileOf('admin-token'),
      permissionTokensFile: permissions === null ? null : fileOf('permission-tokens'),
      operatorTokenFile: fileOf('operator-token'),
    };
    const saved = await writeSecretFiles(folder, [
      { path: written.adminTokenFile, text: fileText(admin) },
      ...(permissions === null ? [] : [{ path: written.permissionTokensFile!, text: fileText(permissions) }]),
    ]);
    if (!saved.ok) return stop(terminal, NAME, saved.problem);

    const report = createBootstrapReport({ written, admin, permissions }, loaded.value.policy);
    if (values.json === true) terminal.out.line(JSON.stringify(report.json, null, 2));
    else {
      for (const note of report.notes) terminal.err.line(`note: ${note}`);
      for (const line of report.lines) terminal.out.line(line);
    }
    return EXIT.ok;
  },
});

function instanceOf({ policy: { instances } }: LoadedPolicy, named: string | undefined): Parsed<Instance> {
  const known = Object.keys(instances);
  if (named === undefined && known.length > 1) {
    return { ok: false, problem: `name the instance with --instance: ${known.join(', ')}` };
  }
  const name = named ?? known[0] ?? '';
  if (Object.hasOwn(instances, name)) return { ok: true, value: instances[name]! };
  const hint = known.length === 0 ? 'it has none' : didYouMean(name, known);
  return { ok: false, problem: `the policy has no instance "${name}"; ${hint}` };
}

function preconfiguredOf({ preconfigured }: LoadedPolicy, { name }: Instance): Preconfigured {
  return Object.hasOwn(preconfigured, name) ? preconfigured[name]! : { databases: [], tokens: [] };
}

function fileText(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
