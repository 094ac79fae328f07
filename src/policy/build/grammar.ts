// Holds a policy's values against the grammar, and words what does not fit for the person who wrote it. It knows nothing of what the keys
// mean together. No I/O.

import { nearestKey } from '../language/nearest-key.ts';
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
      report.error(path, `${label(path)} is missing`, 'add it');
    } else if (issue.code === 'invalid_value') {
      const known = issue.values.map(String);
      const fix = suggestion(String(given), known) ?? `write one of ${known.join(', ')}`;
      report.error(path, `${label(path)} cannot be ${JSON.stringify(given)}`, fix);
    } else {
      const problem = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
      report.error(path, `${label(path)}: ${problem}`, 'correct it');
    }
  }
  return null;
}

function reportUnknownKey(path: Path, report: Report): void {
  const key = String(path.at(-1));
  const known = knownKeys(path.slice(0, -1));
  const list = known === null ? 'remove it' : `known here: ${known.join(', ')}`;
  report.error(path, `unknown key "${key}"`, suggestion(key, known ?? []) ?? list);
}

function suggestion(word: string, known: readonly string[]): string | null {
  const nearest = nearestKey(word, known);
  return nearest === null ? null : `did you mean "${nearest}"?`;
}

/** The last key on the way; positions in a list are left to the line that is reported. */
function label(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string');
  return key === undefined || path.length === 0 ? 'the file' : `"${key}"`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((part: unknown, key) => (part as Record<string | number, unknown> | null)?.[key], value);
}
