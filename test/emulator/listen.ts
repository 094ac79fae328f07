// Serves a fetch-style handler on a real socket of 127.0.0.1, so that programs which bring their own HTTP client can
// be tested against it. It passes bodies through as streams and never adds a header that the handler did not set,
// apart from the framing headers of HTTP/1.1. It is for tests: it never listens on another interface.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Thrown by a handler that wants the connection broken; a TypeError because that is what a real fetch rejects with. */
export class ConnectionReset extends TypeError {
  override name = 'ConnectionReset';
  constructor(message = 'fetch failed: the connection was reset') {
    super(message);
  }
}

export interface Listener {
  /** Origin without a trailing slash, such as http://127.0.0.1:40123 */
  url: string;
  /** Ends the server and every open connection; requests in flight see their signal abort. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 512;
const REQUEST_TIMEOUT_MS = 60_000;

/** Starts a server for the handler; port 0 picks a free port. */
export async function listen(handler: (request: Request) => Promise<Response>, port = 0): Promise<Listener> {
  const server = createServer((incoming, outgoing) => {
    void serve(handler, incoming, outgoing);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const response = await handler(toRequest(incoming, gone.signal));
    await send(response, incoming, outgoing, gone.signal);
  } catch (error) {
    const callerIsGone = gone.signal.aborted || (incoming.destroyed && !incoming.complete);
    if (callerIsGone) return;
    if (error instanceof ConnectionReset || outgoing.headersSent) {
      outgoing.socket?.resetAndDestroy();
      return;
    }
    console.error('the handler failed:', error);
    outgoing.writeHead(500).end();
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
  }
  const method = incoming.method ?? 'GET';
  const hasBody =
    method !== 'GET' &&
    method !== 'HEAD' &&
    (incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined);
  const host = incoming.headers.host ?? '127.0.0.1';
  // The duplex member is required for streamed bodies by the fetch standard and absent from the Workers typings.
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal };
  if (hasBody) {
    init.body = bodyStream(incoming);
    init.duplex = 'half';
  }
  return new Request(`http://${host}${incoming.url ?? '/'}`, init);
}

function bodyStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  // A handler that stops reading must still be able to answer, hence the socket survives the end of the iteration.
  const chunks = incoming.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

async function send(
  response: Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  if (response.body === null || incoming.method === 'HEAD') {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  const reader = response.body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop);
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) break;
    if (!outgoing.write(value)) await drained(outgoing);
  }
  signal.removeEventListener('abort', stop);
  outgoing.end();
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('drain', resolve);
    outgoing.once('close', resolve);
  });
}
