// The page over real HTTP: the built Worker on `localhost`, and on `127.0.0.1` an issuer at which an engineer, an operator and a stranger
// sign in. Two names, because for cookies two ports of one name are one site.

import { PEOPLE } from '../../demo/people.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { createSignIn, type SignIn } from '../emulator/sign-in.ts';
import { type Addresses, type Stack, startStack } from '../stack.ts';

const POLICY = ({ issuer, influx }: Addresses): string => `
audience: https://sts.example.com
issuers:
  people: { issuer: "${issuer}/people", audience: page, login: { page: { client_id: page, client_secret: LOGIN_CLIENT_SECRET, scope: openid email } } }
instances:
  main: { url: "${influx}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: engineers
    issuer: people
    when: { email: { like: "*@acme.example" } }
    allow: ["db:ci_metrics:read,write", "db:plant_*:read"]
    ttl: { default: 1h, max: 8h }
  - name: operators
    issuer: people
    when: { email: olga@acme.example }
    roles: [operator]
`;

export interface PageStack extends Stack {
  /** The page's address, on `localhost`. */
  readonly page: string;
  readonly signIn: SignIn;
}

const SECRET = 'correct-horse-battery-staple';

export async function startPageStack(policy: (addresses: Addresses) => string = POLICY): Promise<PageStack> {
  let people: { readonly issuer: Issuer; readonly signIn: SignIn } | undefined;
  const stack = await startStack({
    policy,
    secrets: { LOGIN_CLIENT_SECRET: SECRET },
    influx: { databases: ['ci_metrics', 'plant_berlin', 'plant_lyon', 'payroll'] },
    beside: async (request) => {
      if (people === undefined || !new URL(request.url).pathname.startsWith('/people/')) return null;
      return (await people.signIn.fetch(request)) ?? people.issuer.fetch(request);
    },
  });
  const issuer = await createIssuer({ iss: `${stack.issuer}/people` });
  const signIn = createSignIn({
    issuer,
    clientId: 'page',
    clientSecret: SECRET,
    redirects: /^http:\/\/(localhost|127\.0\.0\.1):\d+\/ui\/callback\/people$/,
    claims: {},
    people: PEOPLE,
  });
  people = { issuer, signIn };
  return { ...stack, signIn, page: `${stack.service.replace('127.0.0.1', 'localhost')}/ui` };
}
