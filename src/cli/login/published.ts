// What the service publishes of how people sign in (`login.cli` in its policy), so that nobody has to be told. It is believed only of the
// service's own metadata, and never overrules what the person says.

import { createConnection } from '../../client/connection.ts';
import type { ClientEnvironment } from '../../client/environment.ts';
import { isJsonObject } from '../../foundation/json.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { plain } from '../shell/table.ts';

export interface ChosenLogin {
  readonly issuer: string;
  readonly client_id: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly token?: 'id' | 'access';
}

const METADATA = '/.well-known/oauth-authorization-server';
const TIMEOUT_MS = 10_000;

/** What the person has said, filled up by the service; empty is unsaid. Rejects when the service cannot be asked. */
export async function chooseLogin(
  said: { readonly issuer: string; readonly client_id: string },
  origin: string,
  environment: ClientEnvironment,
): Promise<Parsed<ChosenLogin>> {
  const { issuer, client_id } = said;
  if (issuer !== '' && client_id !== '') return { ok: true, value: said };
  const fitting = (await publishedLogins(origin, environment)).filter(
    (one) => (issuer === '' || one.issuer === issuer) && (client_id === '' || one.client_id === client_id),
  );
  const [only] = fitting;
  if (fitting.length === 1) return { ok: true, value: only! };
  if (fitting.length > 1) {
    const listed = fitting.map((one) => plain(one.issuer)).join(' or ');
    return { ok: false, problem: `people sign in for this service at several issuers: say --issuer ${listed}` };
  }
  const unsaid = issuer === '' ? '--issuer https://... or INFLUX_STS_ISSUER' : '--client-id or INFLUX_STS_CLIENT_ID';
  return { ok: false, problem: `the service does not say how people sign in: say ${unsaid}` };
}

async function publishedLogins(origin: string, environment: ClientEnvironment): Promise<ChosenLogin[]> {
  const { call } = createConnection(origin, TIMEOUT_MS, environment);
  const { body } = await call({ method: 'GET', path: METADATA, signal: new AbortController().signal });
  // RFC 8414 section 3.3.
  if (!isJsonObject(body) || body.issuer !== origin || !Array.isArray(body.logins)) return [];
  return body.logins.filter(isLogin);
}

function isLogin(value: unknown): value is ChosenLogin {
  if (!isJsonObject(value)) return false;
  const { issuer, client_id, scope = '', audience = '', token } = value;
  const texts = [issuer, client_id, scope, audience].every((one) => typeof one === 'string');
  return texts && isIssuer(String(issuer)) && ['id', 'access'].includes(String(token));
}

export function isIssuer(text: string): boolean {
  return URL.canParse(text) && ['https:', 'http:'].includes(new URL(text).protocol);
}
