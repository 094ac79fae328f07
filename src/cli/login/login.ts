// `influx-sts login` and `logout`: a person signs in at the issuer that the service trusts, and the other commands then call the service in
// their name. It never prints a token.

import type { Configuration, TokenEndpointResponse } from 'openid-client';
import { fileProblem } from '../../client/file-problem.ts';
import { parseDuration } from '../../policy/language/duration.ts';
import { defineCommand, EXIT, type Exit, misuse, stop } from '../shell/command.ts';
import { ADDRESS_HELP, ADDRESS_OPTIONS, withoutSubject } from '../shell/service.ts';
import { plain } from '../shell/table.ts';
import type { Terminal } from '../shell/terminal.ts';
import { signInByBrowser, signInByDevice } from './flow.ts';
import { defaultScope, discoverIssuer, type Issuer, lacking, loginProblem, personOf, readTokens } from './issuer.ts';
import { chooseLogin, isIssuer } from './published.ts';
import { type LoginStore, loginStore, type Shown } from './store.ts';

const LOGIN = 'login';
const PATIENCE = '5m';

const HELP = `influx-sts ${LOGIN}: sign in as a person

Usage: influx-sts ${LOGIN} [options]

Opens the issuer's sign-in page in your browser, and keeps the login in a file that only you can read. The other commands
then call the service in your name, unless you give another subject token, and refresh the login by themselves.

Where you sign in, and as which client, the service says itself if its policy has "login: { cli: ... }".

Example: influx-sts ${LOGIN} --url https://sts.example.com

Options:
  ${ADDRESS_HELP}
  --issuer URL               where you sign in (default: INFLUX_STS_ISSUER, or what the service says)
  --client-id ID             the id of this program at the issuer (default: INFLUX_STS_CLIENT_ID, or what the service says);
                             it must be registered as a public client with the redirect address
                             http://127.0.0.1/callback. If the issuer gives such clients a secret, put it into
                             INFLUX_STS_CLIENT_SECRET
  --scope SCOPES             what to ask for (default: what the service says, or openid, and offline_access where the
                             issuer knows it)
  --audience AUDIENCE        ask the issuer for an access token for this audience, and show that to the service
  --shown TOKEN              which token to show the service: id-token or access-token (default: what the service says, or
                             id-token; access-token with --audience)
  --device                   sign in on another device: prints a code
  --port PORT                listen on this port, for issuers that want to know it (default: any)
  --no-browser               print the address, and open nothing
  --timeout DURATION         how long to wait for you (default: ${PATIENCE})
  --forget                   delete the login, as "influx-sts logout" does
  -h, --help                 print this

Exit codes: 0 signed in; 1 the issuer failed, or nobody signed in; 2 wrong usage; 3 the issuer, or you, refused.
`;

const OPTIONS = {
  ...ADDRESS_OPTIONS,
  issuer: { type: 'string' },
  'client-id': { type: 'string' },
  scope: { type: 'string' },
  audience: { type: 'string' },
  shown: { type: 'string' },
  device: { type: 'boolean' },
  port: { type: 'string' },
  'no-browser': { type: 'boolean' },
  timeout: { type: 'string' },
  forget: { type: 'boolean' },
} as const;

export const login = defineCommand({
  name: LOGIN,
  summary: 'sign in as a person, for the other commands',
  help: HELP,
  options: OPTIONS,
  run: async ({ values }, terminal) =>
    withoutSubject(values, { name: LOGIN, terminal }, async ({ origin, environment }) => {
      const store = loginStore(origin, terminal.env);
      if (values.forget === true) return forget(store, terminal);
      const { env } = terminal;
      const said = {
        issuer: values.issuer ?? env.INFLUX_STS_ISSUER ?? '',
        client_id: values['client-id'] ?? env.INFLUX_STS_CLIENT_ID ?? '',
      };
      const secret = env.INFLUX_STS_CLIENT_SECRET ?? '';
      const { device = false } = values;
      const port = Number(values.port ?? 0);
      const patience = parseDuration(values.timeout ?? PATIENCE);

      if (said.issuer !== '' && !isIssuer(said.issuer))
        return misuse(terminal, LOGIN, 'say where to sign in, with --issuer https://... or INFLUX_STS_ISSUER');
      if (values.shown !== undefined && SHOWN[values.shown] === undefined)
        return misuse(terminal, LOGIN, '--shown takes id-token or access-token');
      if (!(Number.isInteger(port) && port >= 0 && port < 65_536))
        return misuse(terminal, LOGIN, '--port takes a port');
      if (!patience || patience > LONGEST_PATIENCE)
        return misuse(terminal, LOGIN, '--timeout takes a duration up to 1h');
      const chosen = await chooseLogin(said, origin, environment);
      if (!chosen.ok) return misuse(terminal, LOGIN, chosen.problem);
      const published = chosen.value;
      const audience = values.audience ?? published.audience;
      const scope = values.scope ?? published.scope;
      const usual = values.audience === undefined ? (published.token ?? 'id') : 'access';
      const shown = SHOWN[values.shown ?? `${usual}-token`]!;
      const { issuer, client_id } = published;
      const at = { issuer, client_id, ...(secret === '' ? {} : { client_secret: secret }) };
      const asked = { ...(scope === undefined ? {} : { scope }), ...(audience === undefined ? {} : { audience }) };
      const way = { device, port, openBrowser: values['no-browser'] !== true };
      return signIn({ at, shown, asked, way, patience, store }, terminal);
    }),
});

const SHOWN: Readonly<Record<string, Shown>> = { 'id-token': 'id_token', 'access-token': 'access_token' };
/** Seconds. */
const LONGEST_PATIENCE = 3_600;

export const logout = defineCommand({
  name: 'logout',
  summary: 'forget the login',
  help: `influx-sts logout: forget the login for a service

Usage: influx-sts logout [options]

Deletes what "influx-sts login" has kept on this machine. The issuer may still know you in your browser.

Options:
  ${ADDRESS_HELP}
  -h, --help                 print this

Exit codes: 0 there is no login any more, 2 wrong usage.
`,
  options: ADDRESS_OPTIONS,
  run: async ({ values }, terminal) =>
    withoutSubject(values, { name: 'logout', terminal }, ({ origin }) =>
      forget(loginStore(origin, terminal.env), terminal),
    ),
});

async function forget(store: LoginStore, { err }: Terminal): Promise<Exit> {
  err.line((await store.forget()) ? `forgot the login for ${store.origin}` : `there was no login for ${store.origin}`);
  return EXIT.ok;
}

interface SignIn {
  readonly at: Issuer;
  readonly shown: Shown;
  readonly asked: Readonly<Record<string, string>>;
  readonly way: { readonly device: boolean; readonly port: number; readonly openBrowser: boolean };
  /** Seconds. */
  readonly patience: number;
  readonly store: LoginStore;
}

async function signIn(asked: SignIn, terminal: Terminal): Promise<Exit> {
  const { at, shown, way, patience, store } = asked;
  let tokens: TokenEndpointResponse | null;
  try {
    const configuration = await discoverIssuer(at);
    const lack = lacking(configuration, way.device);
    if (lack !== null) return stop(terminal, LOGIN, `not signed in at ${at.issuer}: ${lack}`);
    tokens = await obtain(configuration, asked, terminal);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === 'listen') return stop(terminal, LOGIN, `cannot listen on port ${way.port} (${code})`);
    const problem = loginProblem(error);
    if (problem === null) throw error;
    const exit = problem.refused ? EXIT.refused : EXIT.faulty;
    return stop(terminal, LOGIN, `not signed in at ${at.issuer}: ${plain(problem.problem)}`, exit);
  }
  if (tokens === null) return stop(terminal, LOGIN, `nobody signed in within ${patience} s`, EXIT.faulty);
  const read = readTokens(tokens, at, shown);
  if (!read.ok) return stop(terminal, LOGIN, `not signed in: ${read.problem}`, EXIT.faulty);
  try {
    await store.write(read.value);
  } catch (error) {
    return stop(terminal, LOGIN, `cannot write ${store.path}: ${fileProblem(error)}`);
  }
  const end = new Date(read.value.expires_at * 1000).toISOString();
  const after = read.value.refresh_token === undefined ? `until ${end}` : 'and refreshed by itself';
  terminal.err.line(`signed in as ${plain(personOf(tokens))} for ${store.origin}, ${after}; kept in ${store.path}`);
  terminal.err.line('"influx-sts whoami" shows what is open to you.');
  return EXIT.ok;
}

async function obtain(
  configuration: Configuration,
  { asked, way, patience }: SignIn,
  terminal: Terminal,
): Promise<TokenEndpointResponse | null> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patience * 1000);
  const parameters = { scope: defaultScope(configuration), ...asked };
  const flow = { configuration, parameters, signal: late.signal, terminal };
  try {
    return await (way.device ? signInByDevice(flow) : signInByBrowser({ ...flow, ...way }));
  } finally {
    clearTimeout(timer);
  }
}
