// Every command of the README and the documents, executed as it stands: in a checkout of its own, against the service, an emulated
// InfluxDB, an emulated Cloudflare and the hosts of other vendors, all on this machine. What speaks to `npm start` is executed in
// test/demo.test.ts, beside it; scripts that a job runs are in recipes.test.ts.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudflareEmulator, startCloudflare } from '../emulator/cloudflare.ts';
import { type Listener, listen } from '../emulator/listen.ts';
import { githubActions } from '../emulator/personas.ts';
import { type Stack, startStack } from '../stack.ts';
import { type Block, blocksOf, DOCUMENTS, fileOf, inlineCommands, ROOT, speaksToStart } from './blocks.ts';
import { createNetwork, type Network } from './network.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';
import { knows, type StandIns } from './stand-ins.ts';

let stack: Stack;
let cloudflare: CloudflareEmulator;
let vendors: Listener;
let network: Network;
let sandbox: Sandbox;
let env: Record<string, string>;
/** What a person pastes when a command asks for a secret: an admin token. */
let pasted: string;

const TIMEOUT_MS = 120_000;
const JWT = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/;

beforeAll(async () => {
  stack = await startStack();
  cloudflare = await startCloudflare();
  // They live as long as the longest documents take.
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const sign = () => stack.github.sign(githubActions({ aud: stack.service, exp }));
  vendors = await listen(async (request) => {
    const { pathname } = new URL(request.url);
    return pathname === '/id-token' ? Response.json({ value: await sign() }) : stack.github.fetch(request);
  });
  sandbox = await createSandbox(vendorsPrograms(sign, (path) => `${stack.github.iss}${path}`));
  // A reader's own service says who it is and who their issuer is; here these are addresses of this machine.
  const service = async (request: Request) => {
    const answer = await stack.worker.request(new URL(request.url).pathname, request);
    const text = (await answer.text())
      .replaceAll(stack.service, 'https://sts.example.com')
      .replaceAll(stack.github.iss, 'https://token.actions.githubusercontent.com');
    return new Response(text, answer);
  };
  const tokenEndpoint = async (request: Request) => {
    if (!(await request.text()).includes('client_credentials')) return new Response(null, { status: 400 });
    return Response.json({ access_token: await sign(), token_type: 'Bearer' });
  };
  network = await createNetwork(
    {
      'YOUR-WORKER:443': service,
      'influxdb.example.com:8181': (request) => stack.influxdb.fetch(request),
      'influxdb.acme.example:8181': (request) => stack.influxdb.fetch(request),
      'acme.auth0.com:443': tokenEndpoint,
      'acme.okta.com:443': tokenEndpoint,
      'login.example.com:443': tokenEndpoint,
      'metadata.google.internal:80': async ({ headers }) =>
        headers.get('metadata-flavor') === 'Google' ? new Response(await sign()) : new Response(null, { status: 403 }),
    },
    sandbox.home,
  );
  const admin = async (path: string, body?: object) => {
    const headers = { authorization: `Bearer ${stack.influxdb.adminToken}`, 'content-type': 'application/json' };
    const request = { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await stack.influxdb.fetch(new Request(`http://influxdb/api/v3/configure/token/${path}`, request));
    return ((await answer.json()) as { token: string }).token;
  };
  pasted = await admin('admin');
  await admin('named_admin', { token_name: 'OLD', expiry_secs: 3_600 });
  // What a person has from the steps before, each by the name that the documents give it.
  await writeFile(join(sandbox.folder, 'operator-token'), pasted);
  env = {
    ...network.env,
    ...cloudflare.env,
    INFLUXDB3_ADMIN_TOKEN: stack.influxdb.adminToken,
    CLIENT_ID: 'id',
    CLIENT_SECRET: 'secret',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${vendors.url}/id-token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner',
    STS: stack.service,
    // What the steps before have fetched.
    subject: await sign(),
    SUBJECT_TOKEN: await sign(),
  };
});
afterAll(async () => {
  await Promise.all([network.close(), vendors.close(), cloudflare.close(), stack.stop()]);
  await sandbox.remove();
});

/** What vendors' programs give for the arguments that the documentation knows. */
function vendorsPrograms(sign: () => Promise<string>, issuer: (path: string) => string): StandIns {
  const fetched = async (path: string) => (await fetch(issuer(path))).text();
  const audience = 'https://sts.example.com';
  return {
    aws: knows({
      [`sts get-web-identity-token --audience ${audience} --signing-algorithm ES384 --duration-seconds 300 --query WebIdentityToken --output text`]:
        sign,
    }),
    az: knows({ 'account get-access-token --scope api://APPLICATION_ID/.default --query accessToken -o tsv': sign }),
    'buildkite-agent': knows({
      [`oidc request-token --audience ${audience} --lifetime 300 --claim organization_id --claim pipeline_id`]: sign,
    }),
    circleci: knows({ [`run oidc get --claims {"aud": "${audience}"}`]: sign }),
    cloudflared: knows({
      'access login https://app.acme.example': async () => '',
      'access token -app=https://app.acme.example': sign,
    }),
    gcloud: knows({
      [`auth print-identity-token --impersonate-service-account=ACCOUNT --audiences=${audience} --include-email`]: sign,
    }),
    // What the stand-in of curl gives for the socket of a Machine.
    'issue-token': knows({ '': sign }),
    kubectl: knows({
      [`create token app --namespace apps --audience ${audience}`]: sign,
      'get --raw /.well-known/openid-configuration': () => fetched('/.well-known/openid-configuration'),
      'get --raw /openid/v1/jwks': () => fetched('/.well-known/jwks'),
    }),
    'spire-agent': knows({ [`api fetch jwt -audience ${audience} -output json`]: sign }),
  };
}

/** What has been executed; pages repeat each other. */
const executed = new Map<string, string>();

async function execute(text: string): Promise<string> {
  const before = executed.get(text);
  if (before !== undefined) return before;
  const { code, out, err } = await sandbox.bash(text, env, `${pasted}\n`);
  expect({ text, code, said: code === 0 ? '' : out + err }).toEqual({ text, code: 0, said: '' });
  executed.set(text, out);
  return out;
}

const documented = (document: string): Block[] =>
  blocksOf(document).filter((block) => !speaksToStart(block) && fileOf(block) === null);
const OTHERS = DOCUMENTS.filter(
  (document) => !document.startsWith('docs/providers/') && documented(document).length > 0,
);
const PROVIDERS = DOCUMENTS.filter((document) => document.startsWith('docs/providers/'));

/** Pages that deploy, for which the reader has written a policy of their own: the sample's ids are refused there. */
const DEPLOYING = ['README.md', 'docs/operations.md'];

async function placePolicy(document: string): Promise<void> {
  const sample = await readFile(join(ROOT, 'policy.yaml'), 'utf8');
  const own = sample
    .replaceAll('123456', '424242')
    .replaceAll('"77"', '"42"')
    .replaceAll('example.com', 'acme.example');
  await writeFile(join(sandbox.folder, 'policy.yaml'), DEPLOYING.includes(document) ? own : sample);
}

test.each(OTHERS)('each command of %s works as it stands', { timeout: TIMEOUT_MS }, async (document) => {
  await placePolicy(document);
  for (const { text } of documented(document)) await execute(text);
});

test('the documented deployment puts up a Worker with all that it needs, and secrets that hold what they should', () => {
  const [first] = cloudflare.deployments;
  const bound = first!.bindings!.map(({ name }) => name);
  expect(bound).toEqual(
    expect.arrayContaining(['GATES', 'SWITCHBOARD', 'LIMITS', 'SHARED_TOKENS', 'DELETIONS', 'REVOCATIONS']),
  );
  const { files } = first!;
  expect(files).toEqual(expect.arrayContaining(['index.js', 'policy.json']));
  // Each module comes with its source map, and what is loaded when it is asked for is a module too.
  const modules = files.filter((name) => name.endsWith('.js'));
  expect(files.filter((name) => name.endsWith('.map')).sort()).toEqual(modules.map((name) => `${name}.map`).sort());
  expect(modules.length).toBeGreaterThan(2);
  expect(atob(cloudflare.secrets.get('STS_KEY')!)).toHaveLength(32);
  expect(cloudflare.secrets.get('INFLUXDB3_ADMIN_TOKEN')).toMatch(/^apiv3_[\w-]{86}$/);
  expect(cloudflare.unknown).toEqual([]);
});

test('the documented rotation leaves the new admin token in its secret, and the old one nowhere', async () => {
  const headers = { authorization: `Bearer ${cloudflare.secrets.get('INFLUXDB3_ADMIN_TOKEN_NEXT')}` };
  const q = encodeURIComponent('SELECT name FROM system.tokens');
  const url = `http://influxdb/api/v3/query_sql?db=_internal&format=json&q=${q}`;
  const answer = await stack.influxdb.fetch(new Request(url, { headers }));
  const names = ((await answer.json()) as { name: string }[]).map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('sts-admin-'))).toHaveLength(1);
  expect(names).not.toContain('OLD');
});

test.each(PROVIDERS)('each command of %s fetches a subject token', async (document) => {
  for (const { text } of documented(document)) expect(await execute(text)).toMatch(JWT);
});

/** Commands in a sentence or a table that are executed elsewhere, or that would start this very run again. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'npm start': 'test/demo.test.ts',
  'npm start -- --ports 0,0,0': 'test/demo.test.ts',
  'npm run demo': 'test/demo.test.ts',
  'npm run check': '.ci/run',
  // It takes minutes, with the same code as its quick form.
  'npm run bench': 'test/bench/quick.long.test.ts',
  'npm run bench -- --page': 'test/bench/quick.long.test.ts',
  'npm run test:long': '.ci/run',
  'npm test': 'this very run',
  'npm test -- test/worker.test.ts': 'this very run',
};
/** What runs until it is stopped, and what it says once it runs. */
const UNTIL_STOPPED: Readonly<Record<string, RegExp>> = { 'npx wrangler dev': /Ready on http/ };

test('each command in a sentence works as it stands', { timeout: TIMEOUT_MS }, async () => {
  await writeFile(
    join(sandbox.folder, '.dev.vars'),
    `STS_KEY=${btoa('k'.repeat(32))}\nINFLUXDB3_ADMIN_TOKEN=${pasted}\n`,
  );
  const commands = new Set(DOCUMENTS.flatMap(inlineCommands));
  const listed = [...Object.keys(ELSEWHERE), ...Object.keys(UNTIL_STOPPED)];
  expect(listed.filter((command) => !commands.has(command))).toEqual([]);
  for (const command of commands) {
    const sign = UNTIL_STOPPED[command];
    if (sign !== undefined) expect((await sandbox.untilSaid(command, sign, env)).out).toMatch(sign);
    else if (ELSEWHERE[command] === undefined) await execute(command);
  }
});
