// `allow:` and `deny:` of a rule in their compiled form: permissions taken apart, names told apart into literals, patterns and
// templates. No I/O.

import { type ClaimPath, parseClaimPath } from '../../identity/claim.ts';
import type { Entry, Name } from '../language/entry.ts';
import { INTERNAL_DATABASE, isDatabaseName, splitPermission } from '../language/permission.ts';
import { databaseAdvice, permissionAdvice } from './permission-advice.ts';
import type { Report } from './report.ts';
import type { Path } from './source.ts';

export function compileEntries(permissions: readonly string[], path: Path, report: Report): Entry[] {
  return permissions.flatMap((text, at) => {
    const split = splitPermission(text);
    if (!split.ok) {
      report.error([...path, at], `"${text}" is no permission: ${split.problem}`, permissionAdvice(text));
      return [];
    }
    const { type, names, actions } = split.value;
    return names.flatMap((name): Entry[] => {
      const parsed: Name | string = type === 'system' ? { kind: 'literal', text: name } : parseName(name);
      if (typeof parsed !== 'string') return [{ type, name: parsed, actions: [...new Set(actions)] }];
      report.error(
        [...path, at],
        `"${name}" is no database name: ${parsed}`,
        name === INTERNAL_DATABASE ? 'remove it' : databaseAdvice(name),
      );
      return [];
    });
  });
}

/** A database name in a rule, or what is wrong with it. */
function parseName(text: string): Name | string {
  if (text === '*') return { kind: 'wildcard' };
  if (text === INTERNAL_DATABASE) return "it is InfluxDB's own and never granted";
  if (text.includes('{') || text.includes('}')) return parseTemplate(text);
  if (!text.includes('*')) {
    return isDatabaseName(text)
      ? { kind: 'literal', text }
      : 'it takes letters, digits, "_" and "-" and begins with a letter or digit';
  }
  if (text.includes('**')) return 'a name knows * only, and it does not match "/"';
  // Any name that the pattern can match is one where each * stands for at least something sound.
  return isDatabaseName(text.replaceAll('*', 'x'))
    ? { kind: 'pattern', text }
    : 'around * it takes letters, digits, "_" and "-"';
}

function parseTemplate(text: string): Name | string {
  const match = /^([^{}]*)\{([^{}]+)\}([^{}]*)$/.exec(text);
  if (match === null) return "it takes one {claim}: with two, one tenant could name another's database";
  const [, before, claim, after] = match as unknown as [string, string, string, string];
  if (before.includes('*') || after.includes('*'))
    return "it takes a {claim} or *, not both: one tenant could name another's database";
  if (!isDatabaseName(`${before}x${after}`)) return 'around the {claim} it takes letters, digits, "_" and "-"';
  const path: ClaimPath = parseClaimPath(claim);
  return { kind: 'template', before, claim, path, after };
}

export function refuseShadowedWildcard(entries: readonly Entry[], path: Path, report: Report): void {
  const databases = entries.filter(({ type }) => type === 'db');
  const wildcard = databases.some(({ name }) => name.kind === 'wildcard');
  if (wildcard && databases.some(({ name }) => name.kind !== 'wildcard')) {
    report.error(
      path,
      'db:* stands beside named databases, whose entries shadow it in InfluxDB',
      'split the rule in two',
    );
  }
}
