// What wrangler tells the build that it runs, and what it does not: whether the build is for a real deployment, and which secrets the
// Worker's configuration demands. It starts nothing and changes nothing.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Report } from '../../policy/build/report.ts';
import type { PolicyFile } from '../../policy/build/schema.ts';

const CONFIGURATIONS = ['wrangler.toml', 'wrangler.jsonc', 'wrangler.json'];

/** Processes between this one and wrangler: a shell, npm, npx. */
const MAX_ANCESTORS = 8;
const DRY = /--dry-?run(?!=false)/i;

/** `wrangler deploy` and `wrangler versions upload`, unless one of them only tries. */
export async function deploysForReal(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  if (!['deploy', 'versions upload'].includes(env.WRANGLER_COMMAND ?? '')) return false;
  if (DRY.test(env.npm_lifecycle_script ?? '')) return false;
  let pid = process.ppid;
  for (let count = 0; count < MAX_ANCESTORS && pid > 1; count++) {
    const ancestor = await describeProcess(pid);
    if (ancestor === null) break;
    if (/wrangler/.test(ancestor.command) && /\b(deploy|upload)\b/.test(ancestor.command))
      return !DRY.test(ancestor.command);
    pid = ancestor.parent;
  }
  // Wrangler says that it deploys, and nothing says otherwise.
  return true;
}

/** wrangler passes no options on to its build, so that they are read where the system shows them. Null on systems that do not. */
async function describeProcess(pid: number): Promise<{ readonly parent: number; readonly command: string } | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=,args=', '-p', String(pid)]);
    const [, parent, command] = /^\s*(\d+)\s+(.*)$/s.exec(stdout) ?? [];
    return command === undefined ? null : { parent: Number(parent), command };
  } catch {
    return describeByFiles(pid);
  }
}

/** Small images have no `ps`. */
async function describeByFiles(pid: number): Promise<{ readonly parent: number; readonly command: string } | null> {
  try {
    const [status, command] = await Promise.all(
      ['status', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
    );
    const parent = Number(/^PPid:\s*(\d+)/m.exec(status!)?.[1] ?? 0);
    return { parent, command: command!.replaceAll('\0', ' ') };
  } catch {
    return null;
  }
}

/** Secrets that the policy names and the configuration in this folder does not demand: wrangler would deploy without them. */
export async function lintSecrets(file: PolicyFile, report: Report): Promise<void> {
  const configuration = await readConfiguration();
  const listed = configuration === null ? [] : requiredSecrets(configuration.text);
  if (configuration === null || listed.length === 0) return;
  const ofInstances = Object.entries(file.instances).flatMap(([instance, entry]) => [
    { path: ['instances', instance, 'admin_token'], secret: entry.admin_token },
    { path: ['instances', instance, 'admin_token_next'], secret: entry.admin_token_next ?? entry.admin_token },
    ...Object.entries(entry.headers ?? {}).map(([header, secret]) => ({
      path: ['instances', instance, 'headers', header],
      secret,
    })),
  ]);
  const ofIssuers = Object.entries(file.issuers).flatMap(([issuer, { login }]) =>
    login?.page?.client_secret === undefined
      ? []
      : [{ path: ['issuers', issuer, 'login', 'page', 'client_secret'], secret: login.page.client_secret }],
  );
  const named = [...ofInstances, ...ofIssuers].filter(({ secret }) => !listed.includes(secret));
  const all = [...new Set([...listed, ...named.map(({ secret }) => secret)])];
  const line = configuration.name.endsWith('.toml')
    ? `required = [${all.map((one) => JSON.stringify(one)).join(', ')}]`
    : `"required": [${all.map((one) => JSON.stringify(one)).join(', ')}]`;
  for (const { path, secret } of named) {
    const message = `${configuration.name} does not require the secret ${secret}, so that a deployment may lack it`;
    report.error(path, message, `write there, under secrets: ${line}`);
  }
}

async function readConfiguration(): Promise<{ readonly name: string; readonly text: string } | null> {
  for (const name of CONFIGURATIONS) {
    const text = await readFile(name, 'utf8').catch(() => null);
    if (text !== null) return { name, text };
  }
  return null;
}

/** Of all environments together: wrangler does not tell its build which of them it deploys. */
function requiredSecrets(text: string): readonly string[] {
  const plain = text.replace(/^\s*(#|\/\/).*$/gm, '').replace(/[ \t]#.*$/gm, '');
  return [...plain.matchAll(/["']?\brequired["']?\s*[=:]\s*\[([^\]]*)\]/g)].flatMap(([, list]) =>
    [...list!.matchAll(/["']([^"']+)["']/g)].map(([, name]) => name!),
  );
}
