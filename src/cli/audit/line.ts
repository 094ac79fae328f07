// An entry of the trail as one line, for people. It quotes what callers have sent, so nothing in it can steer the terminal.

import type { AuditFacts, AuditOutcome } from '../../client/audit.ts';
import { plain } from '../shell/table.ts';

/** Wide enough for most, so that lines stand below each other. */
const WIDTHS = [24, 8, 11] as const;

export function auditLine(entry: AuditFacts & { readonly outcome?: AuditOutcome }): string {
  const { time, kind, outcome = 'open', reason, rule, instance, token_name: name, request_id: id, count } = entry;
  const head = [time, kind, outcome].map((word, at) => word.padEnd(WIDTHS[at]!));
  const rest = [
    reason,
    rule === undefined ? undefined : instance === undefined ? rule : `${rule}@${instance}`,
    entry.permissions?.join(','),
    whoOf(entry),
    entry.key === undefined ? undefined : `key ${entry.key}`,
    count === undefined ? undefined : `${count} times`,
    name ?? id,
  ];
  return plain([...head, ...rest.filter((part) => part !== undefined)].join('  ').trimEnd());
}

/** Such as `github: repository_id 123456, sub repo:acme/app`; of a revocation also by what right. */
function whoOf({ actor, issuer, subject }: AuditFacts): string | undefined {
  const claims = Object.entries(subject ?? {}).map(([claim, value]) => `${claim} ${value}`);
  const who = issuer === undefined ? undefined : [issuer, claims.join(', ')].filter((part) => part !== '').join(': ');
  if (actor === 'caller' || actor === 'service') return who;
  return who === undefined ? `by ${actor}` : `by ${actor} ${who}`;
}
