// The fields of a body, or the parameters of an address, as a table.
// It only renders the document and never adds to it.

import { isJsonObject } from '../../foundation/json.ts';
import { Inline } from '../../web/look/prose.tsx';
import type { Json, OpenApiDocument } from '../openapi/schemas.ts';

export interface Field {
  readonly name: string;
  readonly schema: Json;
  readonly required: boolean;
  readonly note: string;
}

export function Fields({ title, fields }: { readonly title: string; readonly fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <div class="scroll">
      <table>
        <caption>{title}</caption>
        <tbody>
          {fields.map(({ name, schema, required, note }) => (
            <tr>
              <th scope="row">
                <code>{name}</code>
                {required ? <span class="required">required</span> : null}
              </th>
              <td class="type">{typeOf(schema)}</td>
              <td>
                <Inline text={note} />
                {valuesOf(schema).map((value) => (
                  <code class="value">{value}</code>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The fields of an object's schema; none of any other. */
export function fieldsOf(document: OpenApiDocument, schema: Json): readonly Field[] {
  const { properties, required } = resolve(document, schema);
  if (!isJsonObject(properties)) return [];
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, property]) => {
    const field = isJsonObject(property) ? property : {};
    return { name, schema: field, required: needed.includes(name), note: String(field.description ?? '') };
  });
}

export function resolve(document: OpenApiDocument, schema: Json): Json {
  const { $ref: reference } = schema;
  if (typeof reference !== 'string') return schema;
  return document.components.schemas[reference.slice(reference.lastIndexOf('/') + 1)] ?? {};
}

function typeOf(schema: Json): string {
  const { type, anyOf, items } = schema;
  if (Array.isArray(anyOf)) return anyOf.map(typeOf).join(' or ');
  if (type === 'array' && isJsonObject(items)) return `${typeOf(items)}[]`;
  if (Array.isArray(type)) return type.join(' or ');
  return typeof schema.format === 'string' ? schema.format : String(type ?? 'anything');
}

/** The only values that there are, when there are few. */
function valuesOf({ enum: values, const: only, items }: Json): readonly string[] {
  if (only !== undefined) return [String(only)];
  if (Array.isArray(values)) return values.map(String);
  return isJsonObject(items) ? valuesOf(items) : [];
}
