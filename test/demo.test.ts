// The two ways to see the service run, as a person meets them: `npm run demo`, and `npm start` with each document's own
// lines.

import { execFile } from 'node:child_process';
import { promisify, stripVTControlCharacters } from 'node:util';
import { HttpError, InfluxDBClient, setLogger } from '@influxdata/influxdb3-client';
import { expect, type TestContext, test } from 'vitest';
import { PEOPLE } from '../demo/people.ts';
import { FIXED_PORTS, FREE_PORTS, portsOf } from '../demo/ports.ts';
import { type Block, blocksOf, DOCUMENTS, ROOT, speaksToStart } from './documentation/blocks.ts';
import { WITH_STAND_INS } from './documentation/stand-ins.ts';
import { listen } from './emulator/listen.ts';
import { type Program, startProgram } from './program.ts';

const TIMEOUT_MS = 60_000;

setLogger({ error: () => {}, warn: () => {} });

/** Ends with the test. */
function start(command: readonly string[], { onTestFinished }: TestContext): Program {
  const program = startProgram(command, { cwd: ROOT, env: WITH_STAND_INS, patience: TIMEOUT_MS });
  onTestFinished(() => program.signalAll('SIGTERM'));
  return program;
}

const node = (script: string, ...args: readonly string[]) => [process.execPath, script, ...args];

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

test.concurrent('the demo plays a CI job to the end, prints no token in full, and says that all was as expected', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const [line] = blocksOf('README.md').filter(({ text }) => text.includes('npm run demo'));
  const { code, output } = await start(['bash', '-c', line!.text], context).ended;
  expect({ code, output }).toMatchObject({ code: 0 });
  // Long details are broken over lines.
  const story = output.replace(/\s+/g, ' ');
  expect(story).toContain('rows lint 7, unit 41, deploy 95 as expected');
  expect(story).toContain('401 token_replayed');
  expect(story).toContain('No rule that matches this identity covers db:production:write.');
  expect(story).toContain('but the rule wants "refs/heads/main"');
  expect(story).toContain('No rule admits this identity (repository_id "654321"');
  expect(story).toContain('at once accepted afterwards refused with 401 as expected');
  expect(story).toContain('403 switched_off');
  expect(story).toContain('we look into a leaked pipeline');
  expect(story).toContain('the token refused with 401 as expected');
  expect(story).toContain('"kind": "vend"');
  expect(story).toMatch(/All as expected, in [\d.]+ s\. ?$/);
  expect(story).not.toMatch(/apiv3_[\w-]{20}|eyJ[\w-]{20}|stsl_/);
  expect(stripVTControlCharacters(story)).toBe(story);
});

test.concurrent('an interrupted demo says so by its exit code and leaves nothing running', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const demo = start(node('demo/demo.ts'), context);
  const [, service] = await demo.says(/service +(http:\S+)/);
  expect(await isListening(`${service}/healthz`)).toBe(true);
  demo.signal('SIGINT');
  expect((await demo.ended).code).toBe(130);
  expect(await isListening(`${service}/healthz`)).toBe(false);
});

test.concurrent('npm start names the port that is taken, and starts nothing', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const occupant = await listen(async () => new Response('mine'));
  const issuer = await listen(async () => new Response('free in a moment'));
  await issuer.close();
  try {
    const taken = new URL(occupant.url).port;
    const ports = `0,${taken},${new URL(issuer.url).port}`;
    const { code, output } = await start(node('demo/start.ts', '--ports', ports), context).ended;
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(`port ${taken} is taken`) });
    expect(output).toContain('npm start -- --ports 0,0,0');
    expect(await isListening(issuer.url)).toBe(false);
  } finally {
    await occupant.close();
  }
});

test.concurrent('npm start says how ports are given where it does not understand what it was given', async (context) => {
  const { code, output } = await start(node('demo/start.ts', '--ports', '1,2'), context).ended;
  expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('--ports SERVICE,INFLUXDB,ISSUER') });
});

test.each([
  [[], FIXED_PORTS],
  [['--ports', '0,0,0'], FREE_PORTS],
  [['--ports', '1,2,3'], { service: 1, influx: 2, issuer: 3 }],
  [['--ports'], null],
  [['--ports', '1,2'], null],
  [['--ports', '1,2,3,4'], null],
  [['--ports', '8787,8181,65536'], null],
  [['--ports', '8787,8181,-1'], null],
  [['--prots', '0,0,0'], null],
  [['9000'], null],
])('%j are the ports %j', (args, ports) => {
  expect(portsOf(args)).toEqual(ports);
});

test.concurrent("the README's lines vend a token that writes where the policy allows and nowhere else, and give it back", {
  timeout: TIMEOUT_MS,
}, async (context) => {
  // Somebody may have started it on this machine already, on the ports that the documents name.
  const program = start(node('demo/start.ts', '--ports', '0,0,0'), context);
  const named = ['service', 'InfluxDB', 'issuer'].map((name) =>
    program.says(new RegExp(`^ *${name} +(http:\\S+) `, 'm')),
  );
  const [service, influx, issuer] = (await Promise.all(named)).map(([, url]) => url!);
  const places = { service: service!, influx: influx!, issuer: issuer! };
  const local = (text: string) =>
    Object.entries(FIXED_PORTS).reduce(
      (sofar, [name, port]) => sofar.replaceAll(`http://127.0.0.1:${port}`, places[name as keyof typeof places]),
      text,
    );
  const [vending, using, returning, refusing] = blocksToPaste('README.md').map(({ text }) => local(text));
  await program.says(/Ctrl-C stops everything/);

  // The page's address comes first, and its issuer has people to choose from.
  const [page] = program.output().match(/http:\S+/g)!;
  expect(page).toBe(`${places.service}/ui`);
  const departed = await fetch(`${page}/sign-in`, { redirect: 'manual' });
  const choice = await (await fetch(departed.headers.get('location')!)).text();
  for (const { label } of Object.values(PEOPLE)) expect(choice).toContain(label);

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
  const offered = program.output().match(/^(SUBJECT|ANSWER|TOKEN|curl)\b.*$/gm)!;
  for (const line of `${vending}${using}${returning}${refusing}`.trim().split('\n')) expect(offered).toContain(line);
  expect(await paste(refusing!)).toContain('"reason":"no_rule"');
  expect(await paste(offered.join('\n'))).toContain('"reason":"no_rule"');

  for (const document of DOCUMENTS.filter((one) => one !== 'README.md')) {
    const blocks = blocksToPaste(document);
    await paste(['set -euo pipefail', ...blocks.map(({ text }) => local(text))].join('\n'));
  }

  program.signal('SIGINT');
  expect((await program.ended).code).toBe(0);
  expect(await Promise.all(Object.values(places).map(isListening))).toEqual([false, false, false]);
});
