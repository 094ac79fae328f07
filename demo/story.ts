// How the demo prints: numbered steps, each with its result. An unexpected result ends the demo. Colours only on a terminal. It never
// prints a token in full.

import { styleText } from 'node:util';

const WIDTH = 100;
/** The prefix and a few characters: enough to tell two tokens apart, of no use to anybody else. */
const SHOWN = 12;

export interface Story {
  /** Runs one step; its messages are printed as they come. */
  readonly step: <T>(title: string, act: () => Promise<T>) => Promise<T>;
  readonly tell: (label: string, text: string) => void;
  readonly heading: (text: string) => void;
}

export function createStory(): Story {
  let steps = 0;
  const heading = (text: string) => console.log(`\n${styleText('bold', text)}`);
  return {
    heading,
    step: async (title, act) => {
      heading(`${++steps}. ${title}`);
      const outcome = await act();
      console.log(`   ${styleText('green', 'as expected')}`);
      return outcome;
    },
    tell: (label, text) => {
      const [first, ...rest] = wrap(text);
      console.log(`   ${styleText('cyan', label.padEnd(LABEL_WIDTH))} ${first}`);
      for (const line of rest) console.log(`   ${' '.repeat(LABEL_WIDTH)} ${line}`);
    },
  };
}

const LABEL_WIDTH = 11;

function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function shorten(secret: string): string {
  return `${secret.slice(0, SHOWN)}… (${secret.length} characters)`;
}

/** Throws unless the two are equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${String(expected)} was expected, and ${String(actual)} came`);
}
