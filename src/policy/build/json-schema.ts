// The grammar of `policy.yaml` as a JSON Schema, for editors that complete and check while one types. It says what may be written; what
// the keys mean together only the build can check. No I/O.

import * as z from 'zod';
import { policySchema } from './schema.ts';

export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(policySchema, { io: 'input' });
  return { $schema, title: 'Policy of influx-sts', ...schema };
}
