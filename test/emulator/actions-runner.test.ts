// The emulated runner, held against GitHub's own toolkit: it must understand what @actions/core says.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, expect, test } from 'vitest';
import { parseCommand, parseCommandFile } from './actions-commands.ts';
import { type ActionsRunner, createActionsRunner } from './actions-runner.ts';

const folders: string[] = [];
const runners: ActionsRunner[] = [];
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

/** A runner with an action whose two steps are these lines, with the whole toolkit as `core`. */
async function action(main: string, post = ''): Promise<ActionsRunner> {
  const folder = await mkdtemp(join(tmpdir(), 'action-'));
  folders.push(folder);
  await build({
    stdin: { contents: "export * from '@actions/core'", resolveDir: import.meta.dirname },
    outfile: join(folder, 'core.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  await Promise.all([
    writeFile(join(folder, 'main.mjs'), `import * as core from './core.mjs';\n${main}`),
    writeFile(join(folder, 'post.mjs'), `import * as core from './core.mjs';\n${post}`),
    writeFile(
      join(folder, 'action.yml'),
      'inputs: { plain: {}, with-default: { default: given }, two words: {} }\nruns: { using: node24, main: main.mjs, post: post.mjs, post-if: always() }',
    ),
  ]);
  const runner = await createActionsRunner(folder);
  runners.push(runner);
  return runner;
}

test('inputs, outputs, variables, state and the summary go through it whole', async () => {
  const runner = await action(
    `core.setOutput('inputs', [core.getInput('plain'), core.getInput('with-default'), core.getInput('two words')].join());
     core.setOutput('lines', 'a=b\\n\\nc<<d');
     core.exportVariable('SET', 'for=later\\nsteps');
     core.saveState('kept', 'a state');
     await core.summary.addRaw('# told').write();
     core.setFailed('50%\\n::add-mask::a');`,
    `core.info('post has ' + core.getState('kept') + ', ' + process.env.SET);`,
  );
  const { outputs, summary, annotations, code } = await (await runner.start({ plain: 'x', 'two words': 'y' })).ended;
  expect(outputs).toEqual({ inputs: 'x,given,y', lines: 'a=b\n\nc<<d' });
  expect(summary).toBe('# told');
  expect(annotations).toEqual([{ level: 'error', title: '', text: '50%\n::add-mask::a' }]);
  expect(code).toBe(1);
  expect(runner.masks.size).toBe(0);
  expect((await runner.shell('echo "$SET"')).log).toBe('for=later\nsteps\n');
  expect((await runner.post()).log).toBe('post has a state, for=later\nsteps\n');
});

test('what is masked is hidden from then on, each line of it too, and in no form that was not named', async () => {
  const runner = await action(
    `console.log('early s3cret'); core.setSecret('s3cret\\nsecond%'); console.log('late s3cret');`,
  );
  const step = await (await runner.start({})).ended;
  expect(step.log).toBe('early s3cret\nlate ***\n');
  expect(step.printed).not.toContain('second');
  expect((await runner.shell('echo second%; printf s3cret | base64')).log).toBe('***\nczNjcmV0\n');
});

test('a cancelled step is interrupted, and what it wrote before counts', async () => {
  const runner = await action(
    `process.on('SIGINT', () => { core.saveState('late', 'yes'); process.exit(3); });
     core.setOutput('early', 'yes'); console.log('ready'); setInterval(() => {}, 1000);`,
    `core.info(core.getState('late'));`,
  );
  const step = await runner.start({});
  await step.said('ready');
  step.cancel();
  expect(await step.ended).toMatchObject({ code: 3, outputs: { early: 'yes' } });
  expect((await runner.post()).log).toBe('yes\n');
});

test('a command stands at the beginning of its line', () => {
  expect(parseCommand('  ::error title=a%3Ab%2Cc,line=1::50%25%0A')).toEqual({
    name: 'error',
    properties: { title: 'a:b,c', line: '1' },
    data: '50%\n',
  });
  expect(parseCommand('said ::error::x')).toBeNull();
  expect(parseCommand('a::b::c')).toBeNull();
});

test('a command file that has no end is a mistake', () => {
  expect(() => parseCommandFile('a<<END\nb\n')).toThrow('no end');
  expect(parseCommandFile('a=b<<c\n')).toEqual({ a: 'b<<c' });
});
