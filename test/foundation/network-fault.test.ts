// What is said of a request without an answer: the cause, in words of ours, and never what the error quotes.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { faultOf } from '../../src/foundation/network-fault.ts';

const failed = (url: string): Promise<unknown> =>
  fetch(url).then(
    () => null,
    (error: unknown) => error,
  );

/** The address of a server that treats each connection so. */
async function served(treat: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createTcpServer(treat).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

test('a port where nobody listens refuses', async () => {
  const { port, server } = await served(() => {});
  server.close();
  await once(server, 'close');
  const error = await failed(`http://127.0.0.1:${port}`);
  expect(faultOf(error)).toEqual({ words: 'connection refused (ECONNREFUSED)', lasting: false });
});

test('a connection that ends without an answer broke off', async () => {
  const { port } = await served((socket) => socket.destroy());
  expect(faultOf(await failed(`http://127.0.0.1:${port}`)).words).toContain('the connection broke off');
});

test('a server that speaks no TLS is said to speak none, and asking again does not help', async () => {
  const { port } = await served((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
  const fault = faultOf(await failed(`https://127.0.0.1:${port}`));
  expect(fault.words).toContain('no TLS connection comes about');
  expect(fault.lasting).toBe(true);
});

const coded = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });

test.each([
  [coded('ENOTFOUND'), 'unknown host (ENOTFOUND)', false],
  [coded('EAI_AGAIN'), 'the name of the host cannot be looked up at the moment (EAI_AGAIN)', false],
  [coded('UND_ERR_CONNECT_TIMEOUT'), 'timed out (UND_ERR_CONNECT_TIMEOUT)', false],
  [coded('CERT_HAS_EXPIRED'), 'its certificate is not accepted (CERT_HAS_EXPIRED)', true],
  [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'its certificate is not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)', true],
  [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'its certificate is not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)', true],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'its certificate is not accepted (ERR_TLS_CERT_ALTNAME_INVALID)', true],
  [coded('ESOMETHING'), 'the network failed (ESOMETHING)', false],
  [
    new TypeError('fetch failed', { cause: new AggregateError([Object.assign(new Error(), { code: 'ENETUNREACH' })]) }),
    'no route to the host (ENETUNREACH)',
    false,
  ],
  [new Error('Network connection lost.'), 'the connection broke off', false],
  [new Error("TLS peer's certificate is not trusted; reason = self signed"), 'its certificate is not accepted', true],
  [
    new TypeError('fetch failed', { cause: new Error('Proxy response (407) !== 200 when HTTP Tunneling') }),
    'the proxy opens no way there (status 407), because it wants a user name and a password',
    true,
  ],
  [new TypeError('Headers.append: "Bearer apiv3_secret" is an invalid header value.'), 'the network failed', false],
  ['no error at all', 'the network failed', false],
])('%s is told as %j', (error, words, lasting) => {
  expect(faultOf(error)).toEqual({ words, lasting });
});
