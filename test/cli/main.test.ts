// The command as people and pipelines run it: a process of its own.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createTerminal } from '../../src/cli/shell/terminal.ts';
import { githubActions } from '../emulator/personas.ts';
import { COMMAND } from './built-command.ts';
import { run } from './caller-process.ts';
import { AUDIENCE, folder, GITHUB, POLICY, token } from './command-line.ts';

test('builds the compiled policy, as wrangler has it do', async () => {
  const { write, path, read } = await folder();
  const { exit, out, err } = await run(['policy', 'build', '--out', path('dist/policy.json')], {
    STS_POLICY: await write('policy.yaml', POLICY),
  });
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  const { digest, rules } = JSON.parse(await read('dist/policy.json'));
  expect(rules).toHaveLength(3);
  expect(out).toContain(`3 rules built into ${path('dist/policy.json')}, digest ${digest.slice(0, 12)}`);
});

test('a missing file is one sentence and no stack trace', async () => {
  const { exit, out, err } = await run(['policy', 'check', '--policy', '/nowhere/policy.yaml']);
  expect({ exit, out, err }).toEqual({
    exit: 2,
    out: '',
    err: 'influx-sts policy check: cannot read /nowhere/policy.yaml: there is no such file\n',
  });
});

test('explains a token from standard input and never repeats it', async () => {
  const { write } = await folder();
  const claims = githubActions({ iss: GITHUB, aud: AUDIENCE, ref: 'refs/heads/x' });
  const compact = token(claims);
  const args = ['policy', 'explain', '--policy', await write('p.yaml', POLICY), '--permission', 'db:ci_metrics:write'];
  const { exit, out, err } = await run([...args, '--token-file', '-'], {}, `${compact}\n`);
  expect(exit).toBe(3);
  expect(out).toContain('ref is "refs/heads/x", wanted "refs/heads/main"');
  expect(err).toContain('signature and its times are not checked');
  for (const part of compact.split('.')) expect(out + err).not.toContain(part);
});

test('prints no colours into a pipe', async () => {
  const { write } = await folder();
  const { out, err } = await run(['policy', 'check', '--policy', await write('p.yaml', 'rules: 1')], {
    FORCE_COLOR: '1',
  });
  expect(err).toContain('error:');
  expect(out + err).not.toContain('\u001b');
});

test('ends quietly when its reader stops early', async () => {
  const { stderr } = await promisify(execFile)('sh', [
    '-c',
    `"${process.execPath}" "${COMMAND}" policy schema | head -c 1`,
  ]);
  expect(stderr).toBe('');
});

test.each([
  'build',
  'explain',
  'who',
  'suggest',
])('policy %s FILE says by which option a file is named', async (word) => {
  const { exit, err } = await run(['policy', word, 'policy.yaml']);
  expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining('name the file with --policy') });
});

test.each([
  [['--help'], 0, 'Usage: influx-sts', ''],
  [[], 2, '', 'Usage: influx-sts'],
  [['polcy'], 2, '', 'did you mean policy?'],
  [['tokn'], 2, '', 'did you mean token?'],
  [['tokne'], 2, '', 'did you mean token?'],
  [['--version'], 0, '0.', ''],
  [['policy', '--help'], 0, 'suggest', ''],
  [['--help'], 0, 'bootstrap  write the token files', ''],
  [['bootsrap'], 2, '', 'did you mean bootstrap?'],
  [['bootstrap', '--help'], 0, 'Usage: influx-sts bootstrap', ''],
])('%j says what it can do', async (args, exit, inOut, inErr) => {
  const ran = await run(args);
  expect(ran.exit).toBe(exit);
  expect(ran.out).toContain(inOut);
  expect(ran.err).toContain(inErr);
  expect(inOut === '' ? ran.out : ran.err).toBe('');
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, { FORCE_COLOR: '1' }, false],
])('a terminal %s with %j has colours: %s', (isTTY, env, coloured) => {
  const stream = { isTTY, write: () => true } as unknown as NodeJS.WriteStream & { fd: 1 & 2 };
  const { out } = createTerminal({ stdout: stream, stderr: stream, env });
  expect(out.paint('red', 'text') !== 'text').toBe(coloured);
});
