// The `influx-sts` command: picks the command, prints help, sets the exit code. It loads only the parts that a command needs, and never does
// a command's work.

import { useProxies } from '../client/proxy.ts';
import { VERSION } from '../foundation/version.ts';
import { login, logout } from './login/login.ts';
import { type Command, didYouMean, EXIT, quoteWord } from './shell/command.ts';
import { createTerminal } from './shell/terminal.ts';
import { takeEarlySignal } from './token/early-signals.ts';
import { exec } from './token/exec.ts';
import { explain } from './token/explain.ts';
import { list } from './token/list.ts';
import { revoke } from './token/revoke.ts';
import { token } from './token/token.ts';
import { whoami } from './token/whoami.ts';

type Listed = Pick<Command, 'name' | 'summary' | 'run'>;

/** What a newcomer looks for comes first. */
const SECTIONS: Readonly<Record<string, readonly Listed[]>> = {
  'Get a database token': [token, exec],
  'Sign in as a person': [login, logout],
  'See what you may have, and what you have': [whoami, explain, list, revoke],
  'Run the service': [
    // Their code takes as long to load as everything else, and callers do not need it.
    {
      name: 'switch',
      summary: 'stop tokens from being made: off, on, list',
      run: async (args, terminal) => (await import('./switch/switch.ts')).switchCommand.run(args, terminal),
    },
    {
      name: 'policy',
      summary: 'check, compile, explain and compare the policy',
      run: async (args, terminal) => (await import('./policy/policy.ts')).policyCommand.run(args, terminal),
    },
    {
      name: 'audit',
      summary: 'read the audit trail; for operators',
      run: async (args, terminal) => (await import('./audit/audit.ts')).auditCommand.run(args, terminal),
    },
    {
      name: 'admin',
      summary: 'rotate the admin token of an InfluxDB instance',
      run: async (args, terminal) => (await import('./admin/admin.ts')).adminCommand.run(args, terminal),
    },
    {
      name: 'bootstrap',
      summary: 'write the token files that a new InfluxDB server is started with',
      run: async (args, terminal) => (await import('./bootstrap/bootstrap.ts')).bootstrapCommand.run(args, terminal),
    },
  ],
};
const COMMANDS = Object.values(SECTIONS).flat();

const HELP = `influx-sts: short-lived database tokens for InfluxDB 3 Enterprise

Usage: influx-sts <command> [options]

${Object.entries(SECTIONS)
  .map(([title, commands]) => [`${title}:`, ...commands.map(summaryLine), ''].join('\n'))
  .join('\n')}
Run "influx-sts <command> --help" for what it does, and "influx-sts --version" for the version.`;

function summaryLine({ name, summary }: Listed): string {
  return `  ${name.padEnd(10)} ${summary}`;
}

function endByEarlySignal(): void {
  const signal = takeEarlySignal();
  if (signal !== null) process.kill(process.pid, signal);
}

async function main([word, ...rest]: readonly string[]): Promise<number> {
  const terminal = createTerminal(process);
  const complaint = useProxies();
  if (complaint !== null) terminal.err.line(`influx-sts: ${complaint}, so no proxy is used`);
  const command = COMMANDS.find(({ name }) => name === word);
  // All others end by a signal as programs do.
  if (command !== exec) endByEarlySignal();
  if (command !== undefined) return command.run(rest, terminal);
  switch (word) {
    case '-h':
    case '--help':
    case 'help':
      terminal.out.line(HELP);
      return EXIT.ok;
    case '-V':
    case '--version':
      terminal.out.line(VERSION);
      return EXIT.ok;
    case undefined:
      terminal.err.line(HELP);
      return EXIT.usage;
    default: {
      const names = COMMANDS.map(({ name }) => name);
      terminal.err.line(`influx-sts: there is no command ${quoteWord(word)}; ${didYouMean(word, names)}`);
      terminal.err.line('Run "influx-sts --help" for what each does.');
      return EXIT.usage;
    }
  }
}

// The reader of our output may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
// The reader or the terminal is gone. Go on with what must still be done, such as a revocation.
process.stderr.on('error', () => {});

process.exitCode = await main(process.argv.slice(2));
