// Holds a policy's values against the grammar, and words what does not fit for the person who wrote it. It knows nothing of what the keys
// mean together. No I/O.

import { nearestKey } from '../language/nearest-key.ts';
import { exampleFor, slug, valueAdvice, wordAdvice } from './grammar-advice.ts';
import { KEY_WORDS, meantBy } from './lint/foreign-words.ts';
import type { Report } from './report.ts';
import { knownKeys, type PolicyFile, policySchema } from './schema.ts';
import type { Path } from './source.ts';

/** The file with its durations read, or null when the report says why not. */
export function checkGrammar(value: unknown, report: Report): PolicyFile | null {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) reportUnknownKey([...path, key], report);
      continue;
    }
    const given = valueAt(value, path);
    if (given === undefined) {
      report.error(path, `${label(path)} is missing`, `add ${exampleFor(path)}`);
    } else if (issue.code === 'invalid_value') {
      const known = issue.values.map(String);
      report.error(path, `${label(path)} cannot be ${JSON.stringify(given)}`, wordAdvice(given, known));
    } else if (issue.code === 'invalid_key') {
      const problem = issue.issues[0]?.message ?? issue.message;
      report.error(path, `${label(path)}: ${problem}`, `write ${slug(String(path.at(-1)))}`);
    } else {
      const expected = issue.code === 'invalid_type' ? issue.expected : undefined;
      report.error(path, `${label(path)}: ${problemOf(issue, given)}`, valueAdvice(path, given, expected));
    }
  }
  return null;
}

/** The grammar's own words, or plain ones in place of the library's. */
function problemOf(
  issue: { readonly code: string; readonly message: string; readonly expected?: unknown },
  given: unknown,
) {
  if (given === null && (issue.code === 'invalid_type' || issue.message === 'Invalid input')) return 'it is empty';
  if (issue.code === 'invalid_type')
    return `it must be ${TYPES[String(issue.expected)] ?? issue.expected}, and is ${typeOf(given)}`;
  return issue.message === 'Invalid input' ? `it cannot be ${typeOf(given)}` : issue.message;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

function typeOf(value: unknown): string {
  return TYPES[Array.isArray(value) ? 'array' : typeof value] ?? typeof value;
}

function reportUnknownKey(path: Path, report: Report): void {
  const key = String(path.at(-1));
  const known = knownKeys(path.slice(0, -1));
  const list = known === null ? 'remove it' : `known here: ${known.join(', ')}`;
  report.error(
    path,
    `unknown key "${key}"`,
    ofClient(key, path) ?? suggestion(key, known ?? []) ?? misplaced(key, path) ?? list,
  );
}

function suggestion(word: string, known: readonly string[]): string | null {
  const meant = meantBy(word, KEY_WORDS).find((one) => known.includes(one)) ?? nearestKey(word, known);
  return meant === null || meant === undefined ? null : `did you mean "${meant}"?`;
}

/** A key of a client that stands beside the clients of a login. */
function ofClient(key: string, path: Path): string | null {
  if (path[2] !== 'login' || path.length !== 4) return null;
  const clients = ['cli', 'page'].filter((one) => knownKeys([...path.slice(0, 3), one])?.includes(key) === true);
  if (clients.length === 0) return null;
  const places = clients.map((one) => `"${one}:"`).join(' or ');
  return `move it below ${places}: the command and the page each have a client of their own`;
}

/** Objects that a rule holds, of which people write the keys beside it. */
const WITHIN_RULES = ['limit', 'owners'];

/** A key that stands in the wrong section. */
function misplaced(key: string, path: Path): string | null {
  const within = WITHIN_RULES.find((one) => knownKeys(['rules', 0, one])?.includes(key) === true);
  if (path[0] === 'rules' && path.length === 3 && within !== undefined) return `move it into "${within}:"`;
  if (path[0] !== 'audit' && knownKeys(['audit'])?.includes(key) === true) return 'move it into "audit:"';
  const section = ['issuers', 'instances', 'rules', 'tests'].find(
    (one) => one !== path[0] && knownKeys([one, 0])?.includes(key) === true,
  );
  if (section !== undefined) return `move it to an entry of "${section}:"`;
  return path.length > 1 && knownKeys([])?.includes(key) === true ? 'move it to the beginning of the file' : null;
}

/** The last key on the way; positions in a list are left to the line that is reported. */
function label(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string');
  return key === undefined || path.length === 0 ? 'the file' : `"${key}"`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((part: unknown, key) => (part as Record<string | number, unknown> | null)?.[key], value);
}
