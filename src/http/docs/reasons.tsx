// The table of all reasons, gathered from the schemas of the refusals.
// It never lists a reason that no operation gives.

import { isJsonObject } from '../../foundation/json.ts';
import { Inline } from '../../web/look/prose.tsx';
import type { Json, OpenApiDocument } from '../openapi/schemas.ts';

interface Row {
  readonly reason: string;
  readonly status: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly note: string;
}

export function Reasons({ document }: { readonly document: OpenApiDocument }) {
  return (
    <div class="scroll">
      <table class="reasons">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Reason</th>
            <th scope="col">Code</th>
            <th scope="col">What to do</th>
          </tr>
        </thead>
        <tbody>
          {rowsOf(document).map(({ reason, status, code, retryable, note }) => (
            <tr id={reason}>
              <td>
                <span class="status">{status}</span>
              </td>
              <th scope="row">
                <code>{reason}</code>
                {retryable ? <span class="retryable">retryable</span> : null}
              </th>
              <td class="type">{code}</td>
              <td>
                <Inline text={note} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function rowsOf(document: OpenApiDocument): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const schema of Object.values(document.components.schemas)) {
    const reason = only(schema, 'reason');
    if (typeof reason !== 'string') continue;
    const known = rows.get(reason);
    rows.set(reason, {
      reason,
      // The problem's own status comes first; on the OAuth endpoints it may be another.
      status: known?.status ?? String(only(schema, 'status') ?? statusIn(document, reason)),
      code: known?.code || codeOf(schema),
      retryable: only(schema, 'retryable') === true,
      note: String(schema.description ?? ''),
    });
  }
  return [...rows.values()].sort((a, b) => (`${a.status} ${a.reason}` < `${b.status} ${b.reason}` ? -1 : 1));
}

/** The one value that a property can have. */
function only(schema: Json, property: string): unknown {
  const { properties } = schema;
  const found = isJsonObject(properties) ? properties[property] : undefined;
  return isJsonObject(found) ? found.const : undefined;
}

function codeOf({ properties }: Json): string {
  const error = isJsonObject(properties) ? properties.error : undefined;
  return isJsonObject(error) && Array.isArray(error.enum)
    ? error.enum.join(' ')
    : String(only({ properties }, 'error') ?? '');
}

function statusIn({ paths }: OpenApiDocument, reason: string): string {
  const responses = Object.values(paths).flatMap((path) =>
    Object.values(path).flatMap((operation) => Object.entries(operation.responses)),
  );
  return responses.find(([, response]) => response['x-reasons']?.some((one) => one === reason))?.[0] ?? '';
}
