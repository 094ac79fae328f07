// The JSON Schema of the policy: the same grammar as the build's, in a file that editors can read.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { policyJsonSchema } from '../../../src/policy/build/json-schema.ts';
import { policySchema } from '../../../src/policy/build/schema.ts';

test('the file at the root is the generated one ("npm run -s policy schema > policy.schema.json" renews it)', async () => {
  const file = await readFile(join(import.meta.dirname, '../../../policy.schema.json'), 'utf8');
  expect(JSON.parse(file)).toEqual(policyJsonSchema());
});

test('it names every section and refuses unknown keys', () => {
  const schema = policyJsonSchema() as {
    title: string;
    properties: Record<string, unknown>;
    additionalProperties: unknown;
  };
  expect(schema.title).toBe('Policy of influx-sts');
  expect(Object.keys(schema.properties)).toEqual(Object.keys(policySchema.shape));
  expect(schema.additionalProperties).toBe(false);
  expect(schema).not.toHaveProperty('$id');
});

test('it describes what people write, not what the build makes of it', () => {
  const text = JSON.stringify(policyJsonSchema().properties);
  const { max_ttl } = JSON.parse(text);
  expect(JSON.stringify(max_ttl)).toContain('string');
});

test('it says of every key what the key is for', () => {
  const bare: string[] = [];
  const walk = (node: unknown, way: string) => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') {
        for (const [name, inner] of Object.entries(value as Record<string, { description?: string }>)) {
          // The keys of a key set are not the policy's.
          if (!(inner.description ?? '').match(/\w{3}.*\.$/) && name !== 'keys') bare.push(`${way}.${name}`);
        }
      }
      walk(value, `${way}.${key}`);
    }
  };
  walk(policyJsonSchema(), '');
  expect(bare).toEqual([]);
});
