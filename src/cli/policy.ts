// `influx-sts policy`: what an administrator does with a policy file.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { compilePolicy } from '../policy/compile.ts';
import { formatFinding } from '../policy/report.ts';

const HELP = `influx-sts policy: check and compile the policy

Usage: influx-sts policy build [--development] [--policy FILE] [--out FILE]

Options:
  --policy FILE    the policy to read (default: $STS_POLICY, else policy.yaml)
  --out FILE       where to write the compiled policy (default: dist/policy.json)
  --development    accept http addresses on the loopback interface; implied when "wrangler dev" runs the build
  -h, --help       print this

Exit codes: 0 built, 1 the policy has errors, 2 wrong usage or a file that cannot be read.
`;

const OPTIONS = {
  policy: { type: 'string' },
  out: { type: 'string' },
  development: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export async function policyCommand(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    process.stderr.write(`influx-sts policy: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== 'build') {
    process.stderr.write(`influx-sts policy: say what to do, such as "build"\n\n${HELP}`);
    return 2;
  }
  return build(
    values.policy ?? process.env.STS_POLICY ?? 'policy.yaml',
    values.out ?? 'dist/policy.json',
    values.development ?? process.env.WRANGLER_COMMAND === 'dev',
  );
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}

async function build(file: string, out: string, development: boolean): Promise<number> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    process.stderr.write(`influx-sts policy: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}\n`);
    return 2;
  }
  const { policy, findings } = await compilePolicy(text, { development });
  for (const finding of findings) process.stderr.write(`${formatFinding(file, finding)}\n`);
  if (policy === null) {
    process.stderr.write(`${file}: not built\n`);
    return 1;
  }
  await mkdir(dirname(out), { recursive: true });
  // Written aside and moved, so that a bundler that watches the file never reads half of it.
  await writeFile(`${out}.new`, JSON.stringify(policy));
  await rename(`${out}.new`, out);
  const kind = development ? ', for development only' : '';
  process.stdout.write(
    `${file}: ${policy.rules.length} rules built into ${out}${kind}, digest ${policy.digest.slice(0, 12)}\n`,
  );
  return 0;
}
