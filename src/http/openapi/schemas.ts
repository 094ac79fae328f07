// The document's parts as types, and how a schema of the code becomes a schema of the document.
// It never changes what a schema accepts.

import * as z from 'zod';
import type { Reason } from '../../foundation/failure.ts';

export type Json = { readonly [member: string]: unknown };

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly Json[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>>; readonly securitySchemes: Json };
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Json[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Json;
}

export interface DocumentedResponse {
  readonly description: string;
  readonly headers: Json;
  readonly content?: Content;
  /** For a refusal: why it may occur. */
  readonly 'x-reasons'?: readonly Reason[];
}

/** By media type. */
export type Content = Readonly<
  Record<string, { readonly schema: Json; readonly example?: unknown; readonly examples?: Json }>
>;

export interface NamedSchema {
  readonly name: string;
  readonly schema: z.core.$ZodType;
}

export function toJsonSchema(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // JSON.parse turns a number with too many digits into Infinity; to the author of the JSON it is an ordinary number.
      if (jsonSchema.anyOf !== undefined)
        jsonSchema.anyOf = jsonSchema.anyOf.filter((one) => one.const !== Number.POSITIVE_INFINITY);
    },
  });
  return rest;
}

export function named(schemas: readonly NamedSchema[], io: 'input' | 'output'): Readonly<Record<string, Json>> {
  return Object.fromEntries(schemas.map(({ name, schema }) => [name, toJsonSchema(schema, io)]));
}

export function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

const HEADERS: Readonly<Record<string, string>> = {
  'x-request-id': 'The id of this request, made by the service; it leads to the audit line.',
  'www-authenticate': 'RFC 6750 section 3.',
  'retry-after': 'Seconds to wait before asking again.',
};

/** The headers of an answer with this status, besides those that HTTP demands. */
export function headersOf(status: number, refusal = true): Json {
  const more = [
    ...(refusal && status === 401 ? ['www-authenticate'] : []),
    ...(refusal && (status === 429 || status === 503) ? ['retry-after'] : []),
  ];
  return Object.fromEntries(
    ['x-request-id', ...more].map((name) => [
      name,
      { description: HEADERS[name], required: true, schema: { type: 'string' } },
    ]),
  );
}
