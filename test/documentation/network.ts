// The hosts that the documentation speaks of, on this machine: with the names and ports as they are written, over TLS but for port 80.
// curl is led to them by its configuration, Node by `hosts.cjs`. What no host here answers for cannot be reached.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Host = (request: Request) => Promise<Response>;

export interface Network {
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** @param hosts by `name:port`. @param folder for the certificate and curl's configuration. */
export async function createNetwork(hosts: Readonly<Record<string, Host>>, folder: string): Promise<Network> {
  const names = [...new Set(Object.keys(hosts).map((host) => host.split(':')[0]!))];
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const subject = [
    '-subj',
    '/CN=documentation',
    '-addext',
    `subjectAltName=${names.map((one) => `DNS:${one}`).join(',')}`,
  ];
  await promisify(execFile)('openssl', [...request, ...subject, '-keyout', key, '-out', certificate]);

  const serve: RequestListener = async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = 'GET', url = '/', headers } = incoming;
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
    const asked = new Request(`https://${headers.host}${url}`, { method, headers: headers as HeadersInit, ...body });
    const [named] = headers.host!.toLowerCase().split(':');
    const [, host] = Object.entries(hosts).find(([name]) => name.toLowerCase().split(':')[0] === named)!;
    const response = await host(asked);
    const { 'content-encoding': _, 'content-length': __, ...kept } = Object.fromEntries(response.headers);
    outgoing.writeHead(response.status, kept).end(Buffer.from(await response.arrayBuffer()));
  };
  const secure = createSecureServer({ key: await readFile(key), cert: await readFile(certificate) }, serve);
  const plain = createServer(serve);
  const ports = await Promise.all([secure, plain].map(listenAnywhere));
  const portOf = (host: string) => ports[host.endsWith(':80') ? 1 : 0]!;

  const led = Object.keys(hosts).map((host) => `connect-to = "${host}:127.0.0.1:${portOf(host)}"`);
  await writeFile(join(folder, '.curlrc'), [`cacert = "${certificate}"`, ...led, ''].join('\n'));
  return {
    env: {
      CURL_HOME: folder,
      NODE_EXTRA_CA_CERTS: certificate,
      NODE_OPTIONS: `--require ${join(import.meta.dirname, 'hosts.cjs')}`,
      DOCUMENTED_HOSTS: JSON.stringify(Object.fromEntries(Object.keys(hosts).map((host) => [host, portOf(host)]))),
    },
    close: async () => {
      for (const server of [secure, plain]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function listenAnywhere(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
