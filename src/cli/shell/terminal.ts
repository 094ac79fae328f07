// Where the command prints: two channels of lines, with colour only where a person looks at them.
// It never decides what is said.

import { styleText } from 'node:util';

export type Style = 'red' | 'green' | 'yellow' | 'bold';

export interface Channel {
  /** Writes the text and ends the line. */
  readonly line: (text: string) => void;
  /** The text in a colour, or as it is where colours are off. */
  readonly paint: (style: Style, text: string) => string;
}

export interface Terminal {
  /** Results only: a pipe or a file receives these. */
  readonly out: Channel;
  /** Findings, notes and complaints. */
  readonly err: Channel;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function createTerminal(process: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>): Terminal {
  // https://no-color.org: present and not empty, whatever its value.
  const plain = (process.env.NO_COLOR ?? '') !== '';
  const channel = (stream: NodeJS.WriteStream): Channel => ({
    line: (text) => stream.write(`${text}\n`),
    paint: (style, text) => (plain || !stream.isTTY ? text : styleText(style, text, { validateStream: false })),
  });
  return { out: channel(process.stdout), err: channel(process.stderr), env: process.env };
}
