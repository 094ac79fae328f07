// How a step talks to GitHub's runner: commands in its output, and the files whose names the runner gives it. Text in, data out; the
// runner that acts on it is `actions-runner.ts`.

export interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** `::name key=value,key=value::data`, with white space before it at most; null for a line that only goes to the log. */
export function parseCommand(line: string): Command | null {
  const match = /^\s*::([A-Za-z-]+)(?: ([^\n]*?))?::(.*)$/s.exec(line);
  if (match === null) return null;
  const properties = (match[2] ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [] : [[pair.slice(0, at).trim(), unescapeText(pair.slice(at + 1))] as const];
  });
  return { name: match[1]!, properties: Object.fromEntries(properties), data: unescapeText(match[3]!) };
}

const ESCAPED: Readonly<Record<string, string>> = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' };

function unescapeText(text: string): string {
  return text.replace(/%(?:0D|0A|3A|2C|25)/g, (code) => ESCAPED[code]!);
}

/** The lines of a command file: `name=value`, or `name<<delimiter`, lines, and the delimiter on a line of its own. */
export function parseCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  while (lines.length > 0) {
    const line = lines.shift()!;
    const [, name, sign, rest] = /^([^=<]+)(=|<<)(.*)$/.exec(line) ?? [];
    if (line === '') continue;
    if (name === undefined || rest === undefined) throw new Error(`the runner cannot read the line ${line}`);
    if (sign === '=') {
      values[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest);
    if (end < 0) throw new Error(`the value of ${name} has no end`);
    values[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n');
  }
  return values;
}
