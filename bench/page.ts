// docs/benchmark.md with the results of a run in the place of the last ones, and a sentence that counts what is missed. No I/O.

import type { Results } from './results.ts';
import { missedOf, TARGETS, table } from './table.ts';

const START = '<!-- The results, written by `npm run bench -- --page` -->\n';
const END = '<!-- End of the results -->\n';

export function withResults(page: string, results: Results): string {
  const [before, , after] = splitPage(page);
  return before + START + resultsText(results) + END + after;
}

function splitPage(page: string): readonly [string, string, string] {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error('docs/benchmark.md has no place for results');
  return [page.slice(0, start), page.slice(start + START.length, end), page.slice(end + END.length)];
}

function resultsText(results: Results): string {
  const missed = missedOf(results);
  const count = Object.keys(TARGETS).length;
  const sentence =
    missed.length === 0
      ? `All ${count} targets are met.`
      : `**Missed**: ${missed.length} of ${count} targets.\n\n${missed.map(({ name, value, target }) => `- \`${name}\`: ${value}, and the target is ${target}`).join('\n')}`;
  return `\n${sentence}\n\n\`\`\`text\n${table(results)}\`\`\`\n\n`;
}
