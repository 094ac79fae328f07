// The grammar of `policy.yaml` as a JSON Schema, for editors that complete, explain and check while one types. It says what may be
// written; what the keys mean together only the build can check. No I/O.

import * as z from 'zod';
import { KEY_DESCRIPTIONS } from './key-descriptions.ts';
import { policySchema } from './schema.ts';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policySchema, { io: 'input' });
  return { $schema, title: 'Policy of influx-sts', ...described(schema as Node, '') };
}

/** The same schema, with a description at each key. @param way to the node, as descriptions are addressed */
function described(node: Node, way: string): Node {
  const { properties, additionalProperties, items, anyOf } = node;
  const below = (key: string) => (way === '' ? key : `${way}.${key}`);
  return {
    ...node,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, withDescription(value, below(key))]),
          ),
        }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: described(additionalProperties, below('*')) }
      : {}),
    ...(items === undefined ? {} : { items: described(items, `${way}[]`) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((one) => described(one, way)) }),
  };
}

/** Forms of conditions are one thing, however deep they stand and whose conditions they are. */
function formOf(way: string): string {
  return way.replace('.owners.when.', '.when.').replace(/(when\.\*)(\[\]|\.\w+)*(\.\w+)$/, '$1$3');
}

function withDescription(node: Node, way: string): Node {
  const description = KEY_DESCRIPTIONS[way] ?? KEY_DESCRIPTIONS[formOf(way)];
  return { ...(description === undefined ? {} : { description }), ...described(node, way) };
}
