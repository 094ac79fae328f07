// A person at the page, in this process: a browser's cookies, redirects and forms without its pixels; and a world in which there is an issuer
// at which people sign in, and Cloudflare Access. What only a real browser can show is in test/ui/browser.test.ts.

import { createIssuer, createSigningKey, type Issuer, type SigningKey } from '../emulator/issuer.ts';
import { createSignIn, type SignIn } from '../emulator/sign-in.ts';
import { createWorld, type Reply, type World, type WorldOptions } from '../world.ts';

export const ORIGIN = 'https://sts.example.com';
export const PEOPLE = 'https://people.example.com';
export const ACCESS = 'https://acme.cloudflareaccess.com';
export const ACCESS_AUDIENCE = 'a'.repeat(64);
export const CLIENT_SECRET = 'correct-horse-battery-staple';

/** Engineers sign in and read what they name; CI jobs do not sign in. */
export const PAGE_POLICY = `
audience: ${ORIGIN}
issuers:
  github: { preset: github-actions }
  people:
    issuer: ${PEOPLE}
    audience: [page, ${ORIGIN}]
    login: { page: { client_id: page, client_secret: LOGIN_CLIENT_SECRET, scope: openid email } }
  access: { preset: cloudflare-access, team: acme, audience: ${ACCESS_AUDIENCE} }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: github
    when: { repository_id: "123456", ref: refs/heads/main, event_name: push }
    allow: ["db:ci_metrics:write"]
  - name: engineers
    issuer: people
    when: { email: { like: "*@acme.example" } }
    allow: ["db:ci_metrics:read,write", "db:tenant_*:read"]
    ttl: { default: 1h, max: 8h }
  - name: operators
    issuer: people
    when: { email: op@acme.example }
    roles: [operator]
  - name: guests-of-access
    issuer: access
    when: { email: { like: "*@acme.example" } }
    allow: ["db:tenant_*:read"]
`;

export const ANN = { sub: 'ann', email: 'ann@acme.example' };

export interface PageWorld extends World {
  readonly signIn: SignIn;
  readonly people: Issuer;
  readonly access: Issuer;
  readonly visit: () => Visitor;
  /** What Cloudflare Access hands over. */
  readonly accessToken: (claims?: Record<string, unknown>) => Promise<string>;
}

/** Of a form; a name may be there twice. */
export type Fields = Record<string, string> | [name: string, value: string][];

export interface Visitor {
  /** By name, as the browser keeps them. */
  readonly cookies: Map<string, string>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Reply>;
  /** As a form of a page does. */
  readonly post: (path: string, fields: Fields, headers?: Record<string, string>) => Promise<Reply>;
  /** Goes to the issuer that the answer leads to, and back with what it says; the address that the browser is then sent to. */
  readonly atIssuer: (reply: Reply) => Promise<string>;
  /** The whole journey; the last answer of it. */
  readonly signIn: (path?: string) => Promise<Reply>;
  /** The field that each form of the page carries. */
  readonly csrf: () => Promise<string>;
}

let keys: Promise<readonly SigningKey[]> | undefined;

export async function createPageWorld(options: WorldOptions = {}): Promise<PageWorld> {
  keys ??= Promise.all([createSigningKey('RS256'), createSigningKey('RS256')]);
  const [peopleKey, accessKey] = await keys;
  let now = Date.now;
  const clock = { now: () => now() };
  const people = await createIssuer({ iss: PEOPLE, key: peopleKey!, ...clock });
  const access = await createIssuer({ iss: ACCESS, key: accessKey!, jwksPath: '/cdn-cgi/access/certs', ...clock });
  const signIn = createSignIn({
    issuer: people,
    clientId: 'page',
    clientSecret: CLIENT_SECRET,
    redirects: /^https:\/\/sts\.example\.com\/ui\/callback\/people$/,
    claims: { ...ANN, aud: ORIGIN },
    ...clock,
  });
  const world = await createWorld({
    policy: PAGE_POLICY,
    ...options,
    env: { LOGIN_CLIENT_SECRET: CLIENT_SECRET, ...options.env },
    elsewhere: async (request) => {
      const { origin } = new URL(request.url);
      if (origin === PEOPLE) return (await signIn.fetch(request)) ?? people.fetch(request);
      if (origin === ACCESS) return access.fetch(request);
      return options.elsewhere?.(request) ?? Promise.reject(new TypeError('unreachable'));
    },
  });
  // The OAuth library reads the clock of the machine.
  world.clock.now = Date.now();
  now = () => world.clock.now;
  return {
    ...world,
    signIn,
    people,
    access,
    visit: () => createVisitor(world, signIn),
    accessToken: (claims) => access.sign({ ...ANN, aud: ACCESS_AUDIENCE, ...claims }),
  };
}

export function createVisitor(world: Pick<World, 'request'>, signIn: SignIn): Visitor {
  const cookies: Visitor['cookies'] = new Map();

  async function ask(path: string, init: RequestInit): Promise<Reply> {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const reply = await world.request(path.startsWith('/') ? ORIGIN + path : path, { ...init, headers });
    for (const line of reply.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/max-age=0/i.test(line)) cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    return reply;
  }

  const visitor: Visitor = {
    cookies,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, fields, headers = {}) =>
      ask(path, { method: 'POST', headers: { origin: ORIGIN, ...headers }, body: new URLSearchParams(fields) }),
    atIssuer: async ({ headers }) => {
      const answer = await signIn.fetch(new Request(headers.get('location')!));
      return answer!.headers.get('location')!;
    },
    signIn: async (path = '/ui/sign-in?issuer=people') => {
      const back = await visitor.get(await visitor.atIssuer(await visitor.get(path)));
      const location = back.headers.get('location');
      return location === null ? back : visitor.get(location);
    },
    csrf: async () => /name="csrf" value="([^"]+)"/.exec((await visitor.get('/ui')).text)![1]!,
  };
  return visitor;
}
