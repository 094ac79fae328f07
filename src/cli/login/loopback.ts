// Where the browser returns after a sign-in (RFC 8252 section 7.3): a listener for one visit, with a page that shows the result. It never
// listens beyond this machine.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Visit {
  readonly url: URL;
  /** Shows the page to the visitor. */
  readonly show: (page: Page) => Promise<void>;
}

export interface Page {
  readonly title: string;
  readonly text: string;
}

export interface Loopback {
  readonly redirectUri: string;
  readonly visit: Promise<Visit>;
  readonly close: () => void;
}

const PATH = '/callback';

/**
 * @param port 0 for any. Rejects when it is taken.
 * @param state of this sign-in: a visitor without it, such as another page or user of this machine, is ignored.
 */
export async function listenOnLoopback(port: number, state: string): Promise<Loopback> {
  let arrive: (visit: Visit) => void;
  const visit = new Promise<Visit>((resolve) => {
    arrive = resolve;
  });
  let visited = false;
  const server = createServer((request, response) => {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    // A page elsewhere could point its own host name here.
    const url = URL.canParse(request.url ?? '', `http://${host}`) ? new URL(request.url!, `http://${host}`) : null;
    const expected = request.headers.host === host && request.method === 'GET' && url?.pathname === PATH;
    const own = url?.searchParams.get('state') === state;
    if (!expected || !own || url === null || visited)
      return void response.writeHead(404, { connection: 'close' }).end();
    visited = true;
    arrive({ url, show: (page) => answer(response, page) });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    redirectUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    visit,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(response: ServerResponse, page: Page): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(html(page));
  // A visitor who has left needs no page.
  await Promise.race([once(response, 'finish'), once(response, 'close')]);
}

function html({ title, text }: Page): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1.5rem; color-scheme: light dark }
  h1 { font-size: 1.6rem }
</style>
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
