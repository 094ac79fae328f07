#!/usr/bin/env node
// The `influx-sts` command: picks the command, prints help, sets the exit code.

import { adminCommand } from './admin.ts';
import { bootstrapCommand } from './bootstrap.ts';
import { didYouMean, EXIT, type Exit } from './command.ts';
import { policyCommand } from './policy.ts';
import { createTerminal } from './terminal.ts';

const HELP = `influx-sts: a security token service for InfluxDB 3 Enterprise

Usage: influx-sts <command> [options]

Commands:
  policy     check, compile, explain and compare the policy
  admin      rotate the admin token of an InfluxDB instance
  bootstrap  write the token files that a new InfluxDB server is started with

Run "influx-sts <command> --help" for what it does.`;

const COMMANDS = ['policy', 'admin', 'bootstrap'];

async function main([command, ...rest]: readonly string[]): Promise<Exit> {
  const terminal = createTerminal(process);
  switch (command) {
    case 'policy':
      return policyCommand(rest, terminal);
    case 'admin':
      return adminCommand(rest, terminal);
    case 'bootstrap':
      return bootstrapCommand.run(rest, terminal);
    case '-h':
    case '--help':
      terminal.out.line(HELP);
      return EXIT.ok;
    case undefined:
      terminal.err.line(HELP);
      return EXIT.usage;
    default:
      terminal.err.line(`influx-sts: there is no command "${command}"; ${didYouMean(command, COMMANDS)}`);
      return EXIT.usage;
  }
}

// Whoever reads from us may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2));
