// Prints a decision as a tree.
// The decision may come from the policy on this machine or from the service; this file never makes one.

import type { Explanation } from '../../policy/decision/explain.ts';
import { formatExplanation } from '../../policy/decision/explanation-text.ts';
import { EXIT, type Exit } from './command.ts';
import { plain } from './table.ts';
import type { Terminal } from './terminal.ts';

/** @param whole what is printed as JSON. */
export function printExplanation(explanation: Explanation, whole: object, asJson: boolean, { out }: Terminal): Exit {
  const allowed = explanation.outcome === 'allowed';
  if (asJson) {
    out.line(JSON.stringify(whole, null, 2));
  } else {
    const [verdict, ...tree] = formatExplanation(explanation) as [string, ...string[]];
    out.line(out.paint(allowed ? 'green' : 'red', plain(verdict)));
    for (const line of tree) out.line(plain(line));
  }
  return allowed ? EXIT.ok : EXIT.refused;
}
