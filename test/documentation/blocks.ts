// The commands of the documentation: each fenced block of shell, where it stands and as it stands.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export const DOCUMENTS: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file))
    .sort(),
];

export interface Block {
  readonly document: string;
  /** Of its first line, counted from 1. */
  readonly line: number;
  /** The nearest above it. */
  readonly heading: string;
  readonly text: string;
}

/** Blocks of one language, in the order of the document; one that stands in a list loses the list's indentation. */
export function blocksOf(document: string, language = 'sh'): Block[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const fences = new RegExp(`^( *)\`\`\`${language}\\n(.*?)^\\1\`\`\`$`, 'gms');
  return [...text.matchAll(fences)].map(({ 1: indent, 2: inside, index }) => ({
    document,
    line: text.slice(0, index).split('\n').length + 1,
    heading: headingAbove(text.slice(0, index)),
    text: inside!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** A line of a script that begins with # is none. */
function headingAbove(text: string): string {
  const prose = text.replaceAll(/^ *```.*?^ *```$/gms, '');
  return [...prose.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '';
}

/** Whole commands that stand in a sentence or a table; the names of our own are no commands to paste. */
export function inlineCommands(document: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '');
  return [...text.matchAll(/`((?:npm|npx|node|curl|openssl|kubectl) [^`]+)`/g)].map(([, command]) =>
    command!.replaceAll(/\s+/g, ' '),
  );
}

/** Whether a block is for a reader who has `npm start` or the demo running. */
export function speaksToStart({ text }: Block): boolean {
  return text.includes('http://127.0.0.1:') || text.includes('npm run demo');
}

/** The file that a script is said to be, by the comment below its first line; null for commands to type. */
export function fileOf({ text }: Block): string | null {
  return /^#!.*\n# (\S+)\n/.exec(text)?.[1] ?? null;
}
