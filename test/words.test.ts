// The words that a reader meets, on every page, in every help text and in every comment: a caller may be anyone, so nobody is a "he" or a
// "she". It looks for whole words alone, and never at what is built or installed.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FILES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'action.yml', 'policy.yaml'];
const FOLDERS = ['src', 'docs', 'templates', 'demo', 'build', 'bench', 'test'];
const OWN = 'test/words.test.ts';
/** What to write in the place of each. */
const INSTEAD: Readonly<Record<string, string>> = {
  he: 'they',
  she: 'they',
  him: 'them',
  his: 'their',
  her: 'their',
  whoever: 'anyone who',
  mend: 'fix',
  mends: 'fixes',
};
const WORD = new RegExp(`(?<![\\w-])(${Object.keys(INSTEAD).join('|')})(?![\\w-])`, 'gi');

async function texts(): Promise<string[]> {
  const inFolders = FOLDERS.map(async (folder) => {
    const entries = await readdir(join(ROOT, folder), { recursive: true });
    return entries.filter((entry) => /\.(tsx?|[cm]?js|md|ya?ml)$/.test(entry)).map((entry) => join(folder, entry));
  });
  return [...FILES, ...(await Promise.all(inFolders)).flat()].filter((file) => file !== OWN);
}

/** Each word as `file:line: "word", write ...`. */
function complaints(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, at) =>
      [...line.matchAll(WORD)].map(([word]) => `${file}:${at + 1}: "${word}", write "${INSTEAD[word.toLowerCase()]}"`),
    );
}

test('no page, help text or comment calls a caller he or she', async () => {
  const found: string[] = [];
  let lines = 0;
  for (const file of await texts()) {
    const text = await readFile(join(ROOT, file), 'utf8');
    lines += text.split('\n').length;
    found.push(...complaints(file, text));
  }
  expect(found).toEqual([]);
  expect(lines).toBeGreaterThan(20_000);
});

test('a word is found whole, in any case, and not within another, a header or a name', () => {
  expect(complaints('a.md', 'Once He has\nfetched HIS token, mend it.')).toEqual([
    'a.md:1: "He", write "they"',
    'a.md:2: "HIS", write "their"',
    'a.md:2: "mend", write "fix"',
  ]);
  expect(complaints('a.md', 'The other header, `x-he-id`, `sh_he`, this history, recommended here: theirs.')).toEqual(
    [],
  );
});
