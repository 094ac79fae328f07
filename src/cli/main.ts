#!/usr/bin/env node
// The `influx-sts` command: picks the subcommand, prints help, sets the exit code.

import { policyCommand } from './policy.ts';

const HELP = `influx-sts: a security token service for InfluxDB 3 Enterprise

Usage: influx-sts <command> [options]

Commands:
  policy build    check policy.yaml and compile it for the Worker

Run "influx-sts policy --help" for its options.
`;

async function main([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case 'policy':
      return policyCommand(rest);
    case undefined:
    case '-h':
    case '--help':
      process.stdout.write(HELP);
      return command === undefined ? 2 : 0;
    default:
      process.stderr.write(`influx-sts: unknown command "${command}"\n\n${HELP}`);
      return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
