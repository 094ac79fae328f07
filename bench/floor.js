// The floor: the least that a Worker of this kind can do. It checks one signature and makes one upstream request; it reads no claim,
// no body and no policy, checks nothing of the answer, and must never be deployed.

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const CREATE =
  '{"token_name":"floor","permissions":[{"resource_type":"db","resource_names":["ci_metrics"],"actions":["write"]}],"expiry_secs":900}';

const encoder = new TextEncoder();
let key;

export default {
  async fetch(request, env) {
    key ??= await crypto.subtle.importKey('jwk', JSON.parse(env.JWK), ALGORITHM, false, ['verify']);
    const token = request.headers.get('authorization').slice('Bearer '.length);
    const end = token.lastIndexOf('.');
    const signature = Uint8Array.fromBase64(token.slice(end + 1), { alphabet: 'base64url' });
    const valid = await crypto.subtle.verify(ALGORITHM, key, signature, encoder.encode(token.slice(0, end)));
    if (!valid || request.url.endsWith('/refuse')) return new Response('refused', { status: 403 });
    const answer = await fetch(env.UPSTREAM, {
      method: 'POST',
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: CREATE,
    });
    const { token: databaseToken } = await answer.json();
    return Response.json({ token: databaseToken }, { status: 201 });
  },
};
