// Findings of the linter as lines: every error, and as many warnings as people read.
// It never changes a finding.

import { formatFinding } from '../../policy/build/report.ts';
import type { Finding } from '../../policy/build/source.ts';
import type { Terminal } from '../shell/terminal.ts';

/** A table of thousands of rules can yield thousands of warnings, which nobody would read. */
const MAX_WARNINGS = 20;

export function printFindings(file: string, findings: readonly Finding[], { err }: Terminal): void {
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const errors = findings.filter(({ severity }) => severity === 'error');
  for (const finding of warnings.slice(0, MAX_WARNINGS)) err.line(err.paint('yellow', formatFinding(file, finding)));
  if (warnings.length > MAX_WARNINGS) err.line(`${file}: and ${warnings.length - MAX_WARNINGS} more warnings`);
  for (const finding of errors) err.line(err.paint('red', formatFinding(file, finding)));
}

/** "1 rule", "2 rules". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
