// `headers:` of an instance: which headers it may have, and that the build holds names of secrets and never their values.

import { expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';

const policy = (headers: string) => `
audience: https://sts.example.com
issuers: { it: { issuer: "https://login.example.com" } }
instances:
  main: { url: "https://influxdb.example.com", admin_token: INFLUXDB3_ADMIN_TOKEN, headers: ${headers} }
rules: [{ name: it, issuer: it, when: { sub: collector }, allow: ["db:a:write"] }]
`;
const build = async (headers: string) => compilePolicy(policy(headers), { development: false });
const errors = async (headers: string) =>
  (await build(headers)).findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);

test('headers are kept by their name in lower case, with the names of their secrets', async () => {
  const { policy: built } = await build(
    '{ CF-Access-Client-Id: INFLUXDB3_ACCESS_ID, CF-Access-Client-Secret: ACCESS_SECRET }',
  );
  expect(built?.instances.main?.headers).toEqual({
    'cf-access-client-id': 'INFLUXDB3_ACCESS_ID',
    'cf-access-client-secret': 'ACCESS_SECRET',
  });
});

test('an instance without headers is built as before', async () => {
  expect(Object.keys((await build('{}')).policy!.instances.main!)).not.toContain('headers');
});

test.each([
  'Authorization',
  'host',
  'Content-Length',
  'content-type',
  'Cookie',
  'Transfer-Encoding',
  'Connection',
  'Proxy-Authorization',
  'User-Agent',
  'a b',
  'x:y',
  'ä',
  '',
])('the header %j cannot be sent', async (header) => {
  expect(await errors(`{ "${header}": ACCESS_ID }`)).toEqual([expect.stringContaining('cannot be sent')]);
});

test('nor one twice, in whatever case', async () => {
  expect(await errors('{ X-Key: ACCESS_ID, x-key: ACCESS_OTHER }')).toEqual([expect.stringContaining('there twice')]);
});

test.each([
  ['"3f7e.access"', 'it is the name of a secret'],
  ['7', 'it must be text'],
  ['STS_KEY', "a secret of the service's own"],
  ['STS_KEY_PREVIOUS', "a secret of the service's own"],
  ['INFLUXDB3_ADMIN_TOKEN', 'is an admin token, which goes to InfluxDB alone'],
])('the value of a header is the name of a secret of its own, not %s', async (secret, problem) => {
  const found = await errors(`{ X-Key: ${secret} }`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(problem);
});
