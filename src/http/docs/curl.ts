// How to call an operation from a shell. `$STS`, `$SUBJECT_TOKEN` and the like are variables of that shell; a credential never stands in a
// command.

import type { DocumentedOperation } from '../openapi/schemas.ts';

export function curlOf(path: string, method: string, operation: DocumentedOperation): string {
  const address = `"$STS${path.replace(/\{(\w+)\}/g, (_whole, name: string) => `$${name.toUpperCase()}`)}"`;
  const [security] = operation.security;
  const [scheme] = Object.keys(security ?? {});
  return [
    `curl -sS ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${address}`,
    ...(scheme === undefined ? [] : ['-H "Authorization: Bearer $SUBJECT_TOKEN"']),
    ...bodyLines(operation),
  ].join(' \\\n  ');
}

function bodyLines({ requestBody }: DocumentedOperation): readonly string[] {
  const [content] = Object.entries(requestBody?.content ?? {});
  if (content === undefined) return [];
  const [type, { example }] = content;
  if (type === 'application/json') return [`-H 'Content-Type: ${type}'`, `-d '${JSON.stringify(example)}'`];
  return Object.entries(example as Record<string, string>).map(([name, value]) =>
    value.startsWith('$') ? `--data-urlencode "${name}=${value}"` : `--data-urlencode '${name}=${value}'`,
  );
}
