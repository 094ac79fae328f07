// `login:` of an issuer entry: what people sign in with, and that the service would take what they get.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { compiled } from '../policy-text.ts';

const STS = 'https://sts.example.com';
const text = (
  login: string,
  entry = 'issuer: "https://login.example.com", audience: [client, "https://sts.example.com"]',
) => `
audience: ${STS}
issuers: { people: { ${entry}, login: ${login} } }
instances: { main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN } }
rules: []
`;

async function findings(policy: string) {
  const { findings: all } = await compilePolicy(policy, { development: false });
  return all.map(({ severity, message, fix }) => `${severity}: ${message}; ${fix}`);
}

test('is the client of the command, that of the page, or both, with defaults filled in', async () => {
  const both = `{ cli: { client_id: client }, page: { client_id: client, client_secret: LOGIN_SECRET } }`;
  expect((await compiled(text(both))).issuers.people!.login).toEqual({
    cli: { clientId: 'client', token: 'id' },
    page: { clientId: 'client', clientSecret: 'LOGIN_SECRET', scope: 'openid', token: 'id' },
  });
  const access = `{ page: { client_id: any, audience: "${STS}", scope: "openid read" } }`;
  expect((await compiled(text(access))).issuers.people!.login).toEqual({
    page: { clientId: 'any', audience: STS, scope: 'openid read', token: 'access' },
  });
});

describe.each(['cli', 'page'])('login.%s must get tokens that the service takes:', (where) => {
  test.each([
    [
      '{ client_id: else }',
      /^error: an ID token is for the client "else".*write audience: \["client", "https:\/\/sts.*", "else"\]/,
    ],
    [
      '{ client_id: client, token: access }',
      /^error: the audience of the access token is not said.*add "audience:" with one of "client"/,
    ],
    [
      '{ client_id: client, audience: "https://else" }',
      /^error: the access token is for "https:\/\/else", which is no audience/,
    ],
    [
      `{ client_id: client, audience: "${STS}", token: id }`,
      /^error: an ID token is for the client itself.*token: access/,
    ],
    ['{ client_id: "" }', /^error: "client_id": it must not be empty/],
    ['{}', /^error: "client_id" is missing; add client_id: ID/],
    ['{ client_id: client, token: jwt }', /^error: "token" cannot be "jwt"; write one of id, access/],
  ])('%s', async (client, expected) => {
    expect(await findings(text(`{ ${where}: ${client} }`))).toEqual([expect.stringMatching(expected)]);
  });
});

test.each([
  ['{}', /says neither how the command signs people in nor how the page does; write login: \{ cli:/],
  ['{ client_id: client }', /unknown key "client_id"; move it below "cli:" or "page:"/],
  ['{ client_secret: LOGIN_SECRET }', /unknown key "client_secret"; move it below "page:"/],
  ['{ page: { client_id: client, scopes: openid } }', /unknown key "scopes"; did you mean "scope"/],
  ['{ pages: { client_id: client } }', /unknown key "pages"; did you mean "page"/],
  ['{ cli: { client_id: client, client_secret: LOGIN_SECRET } }', /unknown key "client_secret"/],
  [
    '{ page: { client_id: client, client_secret: correct-horse } }',
    /"client_secret": it is the name of a secret.*not its value/,
  ],
  [
    '{ page: { client_id: client, client_secret: STS_KEY } }',
    /"client_secret": it is a secret that no issuer is to see/,
  ],
  ['{ page: { client_id: client, client_secret: INFLUXDB3_ADMIN_TOKEN } }', /it is a secret that no issuer is to see/],
  ['{ page: { client_id: client, scope: email } }', /without the scope openid.*write scope: "openid email"/],
])('%s is an error that says what to write', async (login, expected) => {
  expect(await findings(text(login))).toEqual([expect.stringMatching(/^error: /)]);
  expect(await findings(text(login))).toEqual([expect.stringMatching(expected)]);
});

test('a refresh token need not be asked for, because the page keeps none', async () => {
  const login = '{ page: { client_id: client, scope: "openid offline_access" } }';
  expect(await findings(text(login))).toEqual([
    expect.stringMatching(/^warning: offline_access asks for a refresh token/),
  ]);
});

test.each([
  ['issuer: "https://login.example.com", audience: client, single_use: true', /good for one exchange/],
  ['preset: buildkite, audience: client', /good for one exchange/],
  ['preset: cloudflare-access, team: acme, audience: client', /Access signs people in by itself.*in front of \/ui/],
  [
    'issuer: "https://login.example.com", audience: client, jwks_uri: "https://login.example.com/keys"',
    /found by OpenID Connect discovery/,
  ],
])('an issuer of "%s" is no way in', async (entry, expected) => {
  for (const where of ['cli', 'page']) {
    expect(await findings(text(`{ ${where}: { client_id: client } }`, entry))).toEqual([
      expect.stringMatching(expected),
    ]);
  }
});
