// `influx-sts policy schema`: prints the grammar of the policy as JSON Schema, for editors.
// It never reads a policy.

import { policyJsonSchema } from '../../policy/build/json-schema.ts';
import { defineCommand, EXIT } from '../shell/command.ts';

const HELP = `influx-sts policy schema: print the JSON Schema of policy.yaml, for editors

Usage: influx-sts policy schema [--json]

The output is JSON with or without --json. An editor with a YAML language server uses it after this first line of policy.yaml:

  # yaml-language-server: $schema=./policy.schema.json

Options:
  --json                accepted for symmetry
  -h, --help            print this

Exit codes: 0 done, 2 wrong usage.
`;

export const policySchemaCommand = defineCommand({
  name: 'policy schema',
  summary: 'print the JSON Schema of policy.yaml, for editors',
  help: HELP,
  options: { json: { type: 'boolean' } },
  run: async (_given, terminal) => {
    terminal.out.line(JSON.stringify(policyJsonSchema(), null, 2));
    return EXIT.ok;
  },
});
