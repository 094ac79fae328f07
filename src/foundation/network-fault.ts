// What kept a request from being answered, in a few words of ours: the error that `fetch` rejects with says it in a code deep inside, or
// in a sentence. Nothing of that sentence is repeated, because some quote the headers that were sent.

export interface NetworkFault {
  readonly words: string;
  /** Asking again changes nothing: somebody must change something first. */
  readonly lasting: boolean;
}

/** By the code (Node's, OpenSSL's, undici's) or by the sentence (workerd's). The first that fits counts. */
const KINDS: readonly (readonly [form: RegExp, words: string, lasting?: 'lasting'])[] = [
  [/^ECONNREFUSED$|connection refused/i, 'connection refused'],
  [/^ENOTFOUND$|dns lookup failed|no such host/i, 'unknown host'],
  [/^EAI_AGAIN$/, 'the name of the host cannot be looked up at the moment'],
  [/^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/, 'no route to the host'],
  [
    /^(CERT_|ERR_TLS_CERT|UNABLE_TO_(GET|VERIFY|DECODE|DECRYPT)|DEPTH_ZERO_SELF|SELF_SIGNED|HOSTNAME_MISMATCH)|certificate/,
    'its certificate is not accepted',
    'lasting',
  ],
  [/^(EPROTO|ERR_SSL_\w+|ERR_TLS_\w+)$|\bTLS\b/, 'no TLS connection comes about', 'lasting'],
  [/^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$|timed? ?out/i, 'timed out'],
  [/^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$|connection (lost|reset|closed)/i, 'the connection broke off'],
];
/** What undici says of a proxy that opens no tunnel; `407` asks for credentials. */
const PROXY = /^Proxy response \((\d{3})\)/;
const CODE = /^[A-Z][A-Z0-9_]{2,50}$/;
const MAX_DEPTH = 8;

export function faultOf(error: unknown): NetworkFault {
  // The innermost says most.
  const all = [...causesOf(error)].reverse();
  const tunnel = all.flatMap(({ message }) => PROXY.exec(message)?.[1] ?? [])[0];
  if (tunnel !== undefined) {
    const wants = tunnel === '407' ? ', because it wants a user name and a password' : '';
    return { words: `the proxy opens no way there (status ${tunnel})${wants}`, lasting: tunnel === '407' };
  }
  for (const { code, message } of all) {
    const kind = KINDS.find(([form]) => form.test(code)) ?? KINDS.find(([form]) => form.test(message));
    const named = CODE.test(code) ? ` (${code})` : '';
    if (kind !== undefined) return { words: kind[1] + named, lasting: kind[2] === 'lasting' };
  }
  const code = all.map((one) => one.code).find((one) => CODE.test(one));
  return { words: code === undefined ? 'the network failed' : `the network failed (${code})`, lasting: false };
}

interface Cause {
  readonly code: string;
  readonly message: string;
}

/** From the outermost in. Where several addresses of a host were tried, each has an error of its own. */
function causesOf(error: unknown, depth = 0): readonly Cause[] {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return [];
  const { code, message, cause, errors } = error as { readonly [member: string]: unknown };
  const own = { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' };
  const inner = [cause, ...(Array.isArray(errors) ? errors.slice(0, 1) : [])];
  return [own, ...inner.flatMap((one) => causesOf(one, depth + 1))];
}
