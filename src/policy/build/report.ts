// Collects findings while a policy is compiled, and knows where in the file each belongs. No I/O.

import type { Finding, Path, PolicySource } from './source.ts';

export interface Report {
  readonly error: (path: Path, message: string, fix: string) => void;
  readonly warn: (path: Path, message: string, fix: string) => void;
  readonly findings: readonly Finding[];
}

export function createReport(source: PolicySource): Report {
  const findings: Finding[] = [];
  const add = (severity: Finding['severity']) => (path: Path, message: string, fix: string) => {
    const rule = ruleName(source.value, path);
    findings.push({ severity, ...source.locate(path), ...(rule === undefined ? {} : { rule }), message, fix });
  };
  return { error: add('error'), warn: add('warning'), findings };
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** `policy.yaml:12:5: error: in rule "x": message; fix` — the form that editors and CI logs recognise. */
export function formatFinding(file: string, { severity, line, column, rule, message, fix }: Finding): string {
  const where = rule === undefined ? '' : `in rule "${rule}": `;
  return `${file}:${line}:${column}: ${severity}: ${where}${message}; ${fix}`;
}

function ruleName(value: unknown, path: Path): string | undefined {
  const [section, at] = path;
  if (section !== 'rules' || typeof at !== 'number') return undefined;
  const name = (value as { rules?: { name?: unknown }[] }).rules?.[at]?.name;
  return typeof name === 'string' ? name : undefined;
}
