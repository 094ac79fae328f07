// Compares the promises of the documentation with the code.

import { readdirSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Reason } from '../src/foundation/failure.ts';
import { PRESET_NAMES } from '../src/identity/presets.ts';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { WIRE } from '../src/web/problem.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];
/** Where every reason stands, whether anything answers with it or not. */
const LISTS = ['foundation/failure.ts', 'web/problem.ts'];

const read = (file: string) => readFile(join(ROOT, file), 'utf8');

/** Status, reason and text of each row in the tables of refusals. */
async function documentedRefusals(): Promise<{ status: number; reason: string; text: string }[]> {
  const rows = (await read('docs/operations.md')).matchAll(/^\| (\d{3}) \| ([^|]+) \| (.*)$/gm);
  return [...rows].flatMap(([, status, reasons, text]) =>
    [...reasons!.matchAll(/`([a-z_]+)`/g)].map(([, reason]) => ({
      status: Number(status),
      reason: reason!,
      text: text!,
    })),
  );
}

/** The files of the Worker: what its entry imports, and what those import in turn. */
async function workerSources(entry = join(ROOT, 'src/index.ts'), found = new Map<string, string>()) {
  if (found.has(entry) || !/\.tsx?$/.test(entry)) return found;
  const text = await readFile(entry, 'utf8');
  found.set(entry, text);
  for (const [, specifier] of text.matchAll(/from '(\.[^']+)'/g)) {
    await workerSources(resolve(dirname(entry), specifier!), found);
  }
  return found;
}

/** The reasons that some code of the Worker answers with. */
async function usedReasons(): Promise<string[]> {
  const texts = [...(await workerSources())].flatMap(([file, text]) =>
    LISTS.includes(relative(join(ROOT, 'src'), file)) ? [] : [text],
  );
  return Object.keys(WIRE).filter((reason) => texts.some((text) => text.includes(`'${reason}'`)));
}

test('each refusal that the service can answer has its row, and no other has one', async () => {
  const documented = (await documentedRefusals()).map(({ reason }) => reason);
  expect(documented.sort()).toEqual((await usedReasons()).sort());
});

test('each row states the status, and whether to ask again, as the service does', async () => {
  const rows = await documentedRefusals();
  const told = rows.map(({ status, reason, text }) => ({ status, reason, retryable: /; retryable \|/.test(text) }));
  const wire = rows.map(({ reason }) => {
    const { status, retryable } = WIRE[reason as Reason];
    return { status, reason, retryable };
  });
  expect(told).toEqual(wire);
});

test('each OAuth error stands beside the reasons that it is given for', async () => {
  const rows = [...(await read('docs/oauth.md')).matchAll(/^\| `([a-z_]+)` \| [0-9, ]+ \| (.*) \|$/gm)];
  const told = rows.flatMap(([, code, text]) =>
    [...text!.matchAll(/`([a-z_]+)`/g)]
      .map(([, reason]) => ({ code, reason: reason! }))
      // Of two codes for one reason the table of the wire holds the usual one.
      .filter(({ reason }) => Object.hasOwn(WIRE, reason) && code !== 'unsupported_grant_type'),
  );
  expect(told.length).toBeGreaterThan(12);
  expect(told).toEqual(told.map(({ reason }) => ({ code: WIRE[reason as Reason].code, reason })));
});

/** Every block of YAML that is a policy: it says who may speak. Fragments of one are marked as yml. */
async function documentedPolicies(): Promise<{ document: string; policy: string }[]> {
  const texts = await Promise.all(DOCUMENTS.map(async (document) => ({ document, text: await read(document) })));
  return texts.flatMap(({ document, text }) =>
    [...text.matchAll(/^```yaml\n(.*?)^```$/gms)]
      .map(([, policy]) => ({ document, policy: policy! }))
      .filter(({ policy }) => /^issuers:/m.test(policy)),
  );
}

test('each policy builds, without as much as a warning', async () => {
  const built: string[] = [];
  for (const { document, policy } of await documentedPolicies()) {
    const { findings } = await compilePolicy(policy, { development: false });
    expect({ document, findings }).toEqual({ document, findings: [] });
    built.push(document);
  }
  const providers = PRESET_NAMES.map((name) => `docs/providers/${name}.md`);
  expect(built.sort()).toEqual(['README.md', 'docs/policy.md', ...providers].sort());
});

test('each provider page names its preset, and the policy guide leads to it', async () => {
  const guide = await read('docs/policy.md');
  for (const name of PRESET_NAMES) {
    expect(await read(`docs/providers/${name}.md`)).toContain(`\`preset: ${name}\``);
    expect(guide).toContain(`(providers/${name}.md)`);
  }
});

test('each link to a file leads to one', async () => {
  const missing: string[] = [];
  let links = 0;
  for (const document of DOCUMENTS) {
    for (const [, target] of (await read(document)).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      links++;
      await readFile(join(ROOT, dirname(document), target!)).catch(() => missing.push(`${document}: ${target}`));
    }
  }
  expect(missing).toEqual([]);
  expect(links).toBeGreaterThan(4);
});

test('each guarantee that names its test names one that exists', async () => {
  const named = [...(await read('README.md')).matchAll(/\(`(test\/[\w./-]+)`:\s+"([^"]+)"\)/g)];
  for (const [, file, name] of named) {
    expect(await read(file!), `${file} has no test of that name`).toContain(`'${name!.replaceAll(/\s+/g, ' ')}'`);
  }
  expect(named.length).toBeGreaterThanOrEqual(3);
});

/** What the pages for people who change the code say of where things are. */
const MAPS = ['docs/architecture.md', 'docs/decisions.md', 'CONTRIBUTING.md'];

test('each path that a page names in the code exists', async () => {
  const missing: string[] = [];
  let paths = 0;
  for (const document of MAPS) {
    for (const [, path] of (await read(document)).matchAll(/`((?:src|test|build|demo|bench|templates)\/[\w./-]*)`/g)) {
      paths++;
      // NAME stands for one that does not exist yet.
      if (!path!.includes('NAME')) await access(join(ROOT, path!)).catch(() => missing.push(`${document}: ${path}`));
    }
  }
  expect(missing).toEqual([]);
  expect(paths).toBeGreaterThan(80);
});

test('each answer of the map, "Where is ...?", holds what to look for', async () => {
  const [, section] = (await read('docs/architecture.md')).split('\n## Where is ...?\n');
  const rows = [...section!.split('\n## ')[0]!.matchAll(/^\| [^|]+ \| `([^`]+)` \| (.+) \|$/gm)];
  const missing: string[] = [];
  for (const [, path, names] of rows) {
    const text = await read(path!);
    for (const [, name] of names!.matchAll(/`([^`]+)`/g)) if (!text.includes(name!)) missing.push(`${path}: ${name}`);
  }
  expect(missing).toEqual([]);
  expect(rows.length).toBeGreaterThan(20);
});
