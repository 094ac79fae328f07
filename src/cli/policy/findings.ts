// Findings of the linter for a person: each with the line that it speaks of, every error, and as many warnings as people read; for the
// log of a GitHub Actions job as annotations too. It never changes what was found.

import { relative, resolve } from 'node:path';
import { formatFinding } from '../../policy/build/report.ts';
import type { Finding } from '../../policy/build/source.ts';
import type { Terminal } from '../shell/terminal.ts';

/** A table of thousands of rules can yield thousands of warnings, which nobody would read. */
const MAX_WARNINGS = 20;

/** Errors first, which is what wrangler's log shows of a build. @param text the file that they speak of */
export function printFindings(file: string, text: string, findings: readonly Finding[], { err, env }: Terminal): void {
  const lines = text.split(/\r?\n/);
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const errors = findings.filter(({ severity }) => severity === 'error');
  for (const finding of [...errors, ...warnings.slice(0, MAX_WARNINGS)]) {
    err.line(err.paint(finding.severity === 'error' ? 'red' : 'yellow', formatFinding(file, finding)));
    for (const line of excerpt(lines, finding)) err.line(line);
    if (env.GITHUB_ACTIONS === 'true') err.line(annotation(file, finding, env));
  }
  if (warnings.length > MAX_WARNINGS) err.line(`${file}: and ${warnings.length - MAX_WARNINGS} more warnings`);
}

/** What fits beside the line's number on a screen of usual width. */
const MAX_WIDTH = 100;

/** The line, and a caret under the place. */
function excerpt(lines: readonly string[], { line, column }: Finding): readonly string[] {
  const whole = (lines[line - 1] ?? '').replaceAll('\t', ' ');
  if (whole.trim() === '') return [];
  const from = column > MAX_WIDTH - 20 ? column - 40 : 0;
  const shown = whole.slice(from, from + MAX_WIDTH).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  const [before, after] = [from > 0 ? '…' : '', whole.length > from + MAX_WIDTH ? '…' : ''];
  const number = String(line).padStart(5);
  const margin = ' '.repeat(number.length);
  return [`${number} | ${before}${shown}${after}`, `${margin} | ${' '.repeat(before.length + column - 1 - from)}^`];
}

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands; the escapes are the runner's. */
function annotation(
  file: string,
  { severity, line, column, rule, message, fix }: Finding,
  env: Terminal['env'],
): string {
  const within = relative(env.GITHUB_WORKSPACE ?? '.', resolve(file));
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const place = `file=${property(within.startsWith('..') ? file : within)},line=${line},col=${column}`;
  return `::${severity} ${place}::${data(`${rule === undefined ? '' : `in rule "${rule}": `}${message}; ${fix}`)}`;
}

/** "1 rule", "2 rules". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
