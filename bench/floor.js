// The two floors: the least that a Worker of this kind can do. One checks a signature and makes one upstream request. The other, bound to
// the objects, makes one durable call between them, which claims the token and writes the vend ahead. They read no claim, no body and no
// policy, check nothing of the answer, and must never be deployed.

import { DurableObject } from 'cloudflare:workers';

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const CREATE =
  '{"token_name":"floor","permissions":[{"resource_type":"db","resource_names":["ci_metrics"],"actions":["write"]}],"expiry_secs":900}';
/** About as long as what a vend has to record. */
const ENTRY = JSON.stringify({
  rule: 'job-0',
  subject: ['https://token.actions.githubusercontent.com', '1000000', 'repo:acme@1000/app@1000000:ref:refs/heads/main'],
  permissions: ['db:ci_metrics:write'],
  policy: '0123456789abcdef0123456789abcdef',
});
const LIFE_SECONDS = 360;
const CLAIM_CHARACTERS = 43;

const encoder = new TextEncoder();
let key;

export default {
  async fetch(request, env) {
    key ??= await crypto.subtle.importKey('jwk', JSON.parse(env.JWK), ALGORITHM, false, ['verify']);
    const token = request.headers.get('authorization').slice('Bearer '.length);
    const end = token.lastIndexOf('.');
    const signature = Uint8Array.fromBase64(token.slice(end + 1), { alphabet: 'base64url' });
    const valid = await crypto.subtle.verify(ALGORITHM, key, signature, encoder.encode(token.slice(0, end)));
    const { url } = request;
    if (!valid || url.endsWith('/refuse')) return new Response('refused', { status: 403 });
    if (env.GATES !== undefined && !(await admit(env.GATES, token))) return new Response('replayed', { status: 401 });
    const answer = await fetch(url.endsWith('/slow') ? env.SLOW_UPSTREAM : env.UPSTREAM, {
      method: 'POST',
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: CREATE,
    });
    const { token: databaseToken } = await answer.json();
    return Response.json({ token: databaseToken }, { status: 201 });
  },
};

/** The end of the signature stands for the token, and picks one of 16 objects: no digest could be cheaper. */
function admit(gates, token) {
  const gate = gates.getByName((token.charCodeAt(token.length - 2) & 15).toString(16));
  const now = Date.now();
  return gate.admit(
    token.slice(-CLAIM_CHARACTERS),
    Math.floor(now / 1000) + LIFE_SECONDS,
    crypto.randomUUID(),
    now,
    ENTRY,
  );
}

export class FloorGate extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID',
    );
    state.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS journal (name TEXT NOT NULL, at INTEGER NOT NULL, entry TEXT NOT NULL)',
    );
  }

  admit(claim, until, name, at, entry) {
    const { sql } = this.ctx.storage;
    if (sql.exec('INSERT OR IGNORE INTO claims (key, until) VALUES (?, ?)', claim, until).rowsWritten === 0)
      return false;
    sql.exec('INSERT INTO journal (name, at, entry) VALUES (?, ?, ?)', name, at, entry);
    return true;
  }
}
