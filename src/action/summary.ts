// The job summary: which token the job got, or why it got none. The person who started the job controls the claims, and the service the
// rest, so neither is ever rendered as markup. It never holds a token.

import type { DatabaseToken } from '../client/database-token.ts';
import type { Trouble } from './advice.ts';

/** Longer values are cut; the log has them whole. */
const MAX_VALUE_LENGTH = 300;

export function vendedSummary({ instance, permissions, rule, expires_at }: DatabaseToken): string {
  const rows: [string, string][] = [
    ['Instance', code(instance)],
    ['Permissions', permissions.map(code).join('<br>')],
    ['Rule', code(rule)],
    ['Expires', code(expires_at)],
  ];
  return section('InfluxDB token', [table(rows.map(([head, value]) => `<th>${head}</th><td>${value}</td>`))]);
}

export function troubleSummary({ reason, detail, nearest, changes, requestId }: Trouble): string {
  const misses = nearest?.misses.map(
    ({ claim, actual, expected, hint }) =>
      `<td>${code(claim)}</td><td>${code(actual)}</td><td>${expected === undefined ? 'not told' : code(expected)}${hint === undefined ? '' : ` (${text(hint)})`}</td>`,
  );
  return section('No InfluxDB token', [
    `<p>${code(reason)}: ${text(detail)}</p>`,
    ...(nearest === null
      ? []
      : [`<p>Nearest is the rule ${code(nearest.rule)}${misses?.length === 0 ? '.' : ':'}</p>`]),
    ...(misses === undefined || misses.length === 0
      ? []
      : [table(['<th>Claim</th><th>Is</th><th>Wanted</th>', ...misses])]),
    ...(changes.length === 0 ? [] : [`<p>What to change:</p><ul>${changes.map(item).join('')}</ul>`]),
    ...(requestId === null ? [] : [`<p>Request ${code(requestId)}</p>`]),
  ]);
}

/** One block of HTML, in which nothing is read as Markdown as long as no line is empty. */
function section(title: string, parts: readonly string[]): string {
  return `<h3>${title}</h3>\n${parts.join('\n')}\n\n`;
}

function table(rows: readonly string[]): string {
  return `<table>${rows.map((row) => `<tr>${row}</tr>`).join('')}</table>`;
}

function item(change: string): string {
  return `<li>${text(change)}</li>`;
}

function code(value: string): string {
  return `<code>${text(value)}</code>`;
}

/** As plain text: escaped with entities, which Markdown does not treat as markup either. Invisible characters are made visible. */
function text(value: string): string {
  const whole = String(value);
  const shown = whole.length > MAX_VALUE_LENGTH ? `${whole.slice(0, MAX_VALUE_LENGTH)}…` : whole;
  return shown
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
    .replace(/[&<>"'`|*#~^$@{}[\]()\\!]|\b_|_\b|:(?=\/\/)/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
