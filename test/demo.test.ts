// The two ways to see the service run, as a person meets them: `npm run demo`, and `npm start` with each document's own
// lines.

import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify, stripVTControlCharacters } from 'node:util';
import { HttpError, InfluxDBClient, setLogger } from '@influxdata/influxdb3-client';
import { afterEach, expect, test } from 'vitest';
import { FIXED_PORTS } from '../demo/stack.ts';
import { type Block, blocksOf, DOCUMENTS, ROOT, speaksToStart } from './documentation/blocks.ts';
import { WITH_STAND_INS } from './documentation/sandbox.ts';
import { listen } from './emulator/listen.ts';

const TIMEOUT_MS = 60_000;

setLogger({ error: () => {}, warn: () => {} });

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGTERM');
});

interface Program {
  readonly output: () => string;
  /** Resolves with the match once a line of the output fits; rejects when the program ends without one. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly interrupt: () => void;
  readonly ended: Promise<number | null>;
}

function run(script: string, ...args: readonly string[]): Program {
  return follow(spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }));
}

function follow(child: ChildProcessByStdio<null, Readable, Readable>): Program {
  children.add(child);
  const lines: string[] = [];
  const heard = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const hear of heard) hear(line);
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  const output = () => lines.join('\n');
  return {
    output,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const hear = (line: string) => {
          const match = pattern.exec(line);
          if (match !== null) resolve(match);
        };
        lines.forEach(hear);
        heard.add(hear);
        void ended.then(() => reject(new Error(`it ended without saying ${pattern}:\n${output()}`)));
      }),
    interrupt: () => child.kill('SIGINT'),
    ended,
  };
}

async function isListening(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function write(host: string, token: string, database: string): Promise<number> {
  const client = new InfluxDBClient({ host, token, database });
  try {
    await client.write(['build,job=test seconds=1']);
    return 204;
  } catch (error) {
    if (error instanceof HttpError) return error.statusCode;
    throw error;
  } finally {
    await client.close();
  }
}

/** The blocks of a document to paste while `npm start` runs, as they stand. */
const blocksToPaste = (document: string): Block[] =>
  blocksOf(document).filter((block) => speaksToStart(block) && !block.text.includes('npm run demo'));

async function paste(script: string): Promise<string> {
  const options = { cwd: ROOT, env: WITH_STAND_INS, timeout: 60_000 };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], options);
  return stdout;
}

test('the demo plays a CI job to the end, prints no token in full, and says that all was as expected', {
  timeout: TIMEOUT_MS,
}, async () => {
  const [line] = blocksOf('README.md').filter(({ text }) => text.includes('npm run demo'));
  const demo = follow(
    spawn('bash', ['-c', line!.text], { cwd: ROOT, env: WITH_STAND_INS, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const code = await demo.ended;
  expect({ code, output: demo.output() }).toMatchObject({ code: 0 });
  // Long details are broken over lines.
  const story = demo.output().replace(/\s+/g, ' ');
  expect(story).toContain('rows lint 7, unit 41, deploy 95 as expected');
  expect(story).toContain('401 token_replayed');
  expect(story).toContain('No rule that matches this identity covers db:production:write.');
  expect(story).toContain('but the rule wants "refs/heads/main"');
  expect(story).toContain('No rule admits this identity (repository_id "654321"');
  expect(story).toContain('at once accepted afterwards refused with 401 as expected');
  expect(story).toContain('"kind": "vend"');
  expect(story).toMatch(/All as expected, in [\d.]+ s\. ?$/);
  expect(story).not.toMatch(/apiv3_[\w-]{20}|eyJ[\w-]{20}|stsl_/);
  expect(stripVTControlCharacters(story)).toBe(story);
});

test('an interrupted demo says so by its exit code and leaves nothing running', { timeout: TIMEOUT_MS }, async () => {
  const demo = run('demo/demo.ts');
  const [, service] = await demo.says(/service +(http:\S+)/);
  expect(await isListening(`${service}/healthz`)).toBe(true);
  demo.interrupt();
  expect(await demo.ended).toBe(130);
  expect(await isListening(`${service}/healthz`)).toBe(false);
});

test('npm start names the port that is taken, and starts nothing', { timeout: TIMEOUT_MS }, async () => {
  const occupant = await listen(async () => new Response('mine'));
  const issuer = await listen(async () => new Response('free in a moment'));
  await issuer.close();
  try {
    const taken = new URL(occupant.url).port;
    const start = run('demo/start.ts', '--ports', `0,${taken},${new URL(issuer.url).port}`);
    expect(await start.ended).toBe(1);
    expect(start.output()).toContain(`port ${taken} is taken`);
    expect(start.output()).toContain('npm start -- --ports 0,0,0');
    expect(await isListening(issuer.url)).toBe(false);
  } finally {
    await occupant.close();
  }
});

test.each([
  ['--ports'],
  ['--ports', '1,2'],
  ['--ports', '8787,8181,65536'],
  ['--prots', '0,0,0'],
  ['9000'],
])('npm start does not guess what %s %s means', async (...args) => {
  const start = run('demo/start.ts', ...args);
  expect(await start.ended).toBe(2);
  expect(start.output()).toContain('--ports SERVICE,INFLUXDB,ISSUER');
});

test("the README's lines vend a token that writes where the policy allows and nowhere else, and give it back", {
  timeout: TIMEOUT_MS,
}, async () => {
  // Somebody may have started it on this machine already, on the ports that the documents name.
  const start = run('demo/start.ts', '--ports', '0,0,0');
  const named = ['service', 'InfluxDB', 'issuer'].map((name) => start.says(new RegExp(`^ *${name} +(http:\\S+) `)));
  const [service, influx, issuer] = (await Promise.all(named)).map(([, url]) => url!);
  const places = { service: service!, influx: influx!, issuer: issuer! };
  const local = (text: string) =>
    Object.entries(FIXED_PORTS).reduce(
      (sofar, [name, port]) => sofar.replaceAll(`http://127.0.0.1:${port}`, places[name as keyof typeof places]),
      text,
    );
  const [vending, using, returning, refusing] = blocksToPaste('README.md').map(({ text }) => local(text));
  await start.says(/Ctrl-C stops everything/);

  const vended = JSON.parse(await paste(vending!)) as { token: string; permissions: string[] };
  expect(vended.permissions).toEqual(['db:ci_metrics:read,write']);
  expect([
    await write(places.influx, vended.token, 'ci_metrics'),
    await write(places.influx, vended.token, 'production'),
  ]).toEqual([204, 403]);

  const pasted = await paste(`${vending}${using}${returning}`);
  expect(pasted.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 204', 'HTTP/1.1 403', 'HTTP/1.1 204']);
  const [, listed] = /(\{"tokens":.*"cursor":null\})/.exec(pasted)!;
  expect(JSON.parse(listed!).tokens).toHaveLength(3);

  // What it offers to paste says the same, and one refusal more.
  const offered = start.output().match(/^(SUBJECT|ANSWER|TOKEN|curl)\b.*$/gm)!;
  for (const line of `${vending}${using}${returning}${refusing}`.trim().split('\n')) expect(offered).toContain(line);
  expect(await paste(refusing!)).toContain('"reason":"no_rule"');
  expect(await paste(offered.join('\n'))).toContain('"reason":"no_rule"');

  for (const document of DOCUMENTS.filter((one) => one !== 'README.md')) {
    const blocks = blocksToPaste(document);
    await paste(['set -euo pipefail', ...blocks.map(({ text }) => local(text))].join('\n'));
  }

  start.interrupt();
  expect(await start.ended).toBe(0);
  expect(await Promise.all(Object.values(places).map(isListening))).toEqual([false, false, false]);
});
