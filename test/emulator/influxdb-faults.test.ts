// The faults that tests inject, in process and over a socket: what each leaves behind in the catalog, and what the
// caller sees of it.
import { afterEach, describe, expect, it } from 'vitest';
import { createInfluxEmulator } from './influxdb.ts';
import { createCaller } from './influxdb-caller.ts';
import { type Listener, listen } from './listen.ts';

const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

async function setUp(carrier: string) {
  const emulator = createInfluxEmulator({ databases: ['a'] });
  let url = 'http://influxdb.test';
  let send = (request: Request) => emulator.fetch(request);
  if (carrier === 'a socket') {
    const listener = await listen(emulator.fetch);
    listeners.push(listener);
    url = listener.url;
    send = fetch;
  }
  const influx = createCaller(send, url, emulator.adminToken);
  const probe = (init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${emulator.adminToken}` };
    return send(new Request(`${url}/health`, { headers, ...init }));
  };
  return { emulator, influx, probe };
}

describe.each(['the process', 'a socket'])('faults through %s', (carrier) => {
  it('break the connection after the commit when an answer is lost', async () => {
    const { emulator, influx } = await setUp(carrier);
    emulator.faults.next('create', { kind: 'lost' });
    await expect(influx.create('x', [], 60)).rejects.toThrow(TypeError);
    expect(emulator.tokens().map(({ name }) => name)).toEqual(['x']);
    expect(emulator.requests[0]!.status).toBeNull();
    expect(emulator.creates()).toBe(1);
  });

  it('break the connection before the commit when it is reset', async () => {
    const { emulator, influx } = await setUp(carrier);
    emulator.faults.next('create', { kind: 'reset' });
    await expect(influx.create('x', [], 60)).rejects.toThrow(TypeError);
    expect(emulator.tokens()).toEqual([]);
  });

  it('answer with a status, without a commit and without a content type unless one is given', async () => {
    const { emulator, influx } = await setUp(carrier);
    emulator.faults.next('create', { kind: 'status', status: 500, body: 'object store error: gone' });
    emulator.faults.next('create', { kind: 'status', status: 503, body: '<p>', contentType: 'text/html' });
    const [first, second] = [await influx.create('x', [], 60), await influx.create('x', [], 60)];
    expect([first.status, first.text, first.headers.get('content-type')]).toEqual([
      500,
      'object store error: gone',
      null,
    ]);
    expect([second.status, second.headers.get('content-type')]).toEqual([503, 'text/html']);
    expect(emulator.tokens()).toEqual([]);
  });

  it('answer late but commit at once', async () => {
    const { emulator, influx } = await setUp(carrier);
    emulator.faults.next('create', { kind: 'slow', ms: 40 });
    const started = performance.now();
    expect((await influx.create('x', [], 60)).status).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(35);
  });

  it('keep what was committed when the caller does not wait for a late answer', async () => {
    const { emulator, influx } = await setUp(carrier);
    emulator.faults.next('create', { kind: 'slow', ms: 10_000 });
    const giveUp = { signal: AbortSignal.timeout(30) };
    await expect(influx.create('x', [], 60, giveUp)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(emulator.tokens().map(({ name }) => name)).toEqual(['x']);
    expect(emulator.requests.map(({ status }) => status)).toEqual([null]);
  });

  it('send the headers at once and the body in pieces', async () => {
    const { emulator, probe } = await setUp(carrier);
    emulator.faults.next('probe', { kind: 'slow-body', ms: 50 });
    const response = await probe();
    expect(response.status).toBe(200);
    const headersAt = performance.now();
    expect(await response.text()).toBe('OK');
    expect(performance.now() - headersAt).toBeGreaterThan(20);
  });

  it('hang until the caller gives up', async () => {
    const { emulator, probe } = await setUp(carrier);
    emulator.faults.next('probe', { kind: 'hang' });
    await expect(probe({ signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('rewrite an answer after the commit', async () => {
    const { emulator, influx } = await setUp(carrier);
    emulator.faults.next('create', {
      kind: 'rewrite',
      response: async (response) => {
        const body = await response.text();
        return new Response(body.replace('"name":"x"', '"name":"y"'), { status: 201 });
      },
    });
    const answer = await influx.create('x', [], 60);
    expect(JSON.parse(answer.text).name).toBe('y');
    expect(emulator.tokens().map(({ name }) => name)).toEqual(['x']);
  });

  it('can answer with a redirect', async () => {
    const { emulator, influx } = await setUp(carrier);
    const response = () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.test/' } });
    emulator.faults.next('create', { kind: 'rewrite', response });
    const answer = await influx.create('x', [], 60);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://elsewhere.test/']);
  });
});

describe('a fault', () => {
  const failing = { kind: 'status', status: 503 } as const;

  it('applies to as many matching requests as it was given', async () => {
    const { emulator, influx } = await setUp('the process');
    emulator.faults.next('create', failing, 2);
    const statuses = [];
    for (const name of ['x', 'x', 'x']) statuses.push((await influx.create(name, [], 60)).status);
    expect(statuses).toEqual([503, 503, 201]);
  });

  it('leaves other operations alone', async () => {
    const { emulator, influx } = await setUp('the process');
    emulator.faults.always('delete', failing);
    emulator.faults.always('list', failing);
    emulator.faults.always('write', failing);
    expect((await influx.create('x', [], 60)).status).toBe(201);
    expect((await influx.delete('x')).status).toBe(503);
    const q = 'SELECT * FROM system.tokens';
    expect((await influx.query(emulator.adminToken, '_internal', q)).status).toBe(503);
    expect((await influx.query(emulator.adminToken, 'a', 'SELECT * FROM m')).status).toBe(400);
    expect((await influx.writeV2(emulator.adminToken, 'a', 'm v=1')).status).toBe(503);
  });

  it('stands until it is cleared, and gives way to the next one', async () => {
    const { emulator, influx } = await setUp('the process');
    emulator.faults.always('any', failing);
    emulator.faults.next('create', { kind: 'status', status: 500 });
    const statuses = [(await influx.create('x', [], 60)).status, (await influx.create('x', [], 60)).status];
    emulator.faults.clear();
    statuses.push((await influx.create('x', [], 60)).status);
    expect(statuses).toEqual([500, 503, 201]);
  });
});

describe('a listener', () => {
  async function serve(handler: (request: Request) => Promise<Response>): Promise<Listener> {
    const listener = await listen(handler);
    listeners.push(listener);
    return listener;
  }

  it('hands over method, path, headers and body, and sends back repeated cookies', async () => {
    const { url } = await serve(async (request) => {
      const { pathname, search } = new URL(request.url);
      const text = `${request.method} ${pathname}${search} ${request.headers.get('x-test')} ${await request.text()}`;
      const headers = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ]);
      return new Response(text, { status: 202, headers });
    });
    const response = await fetch(`${url}/p?q=1`, { method: 'PUT', headers: { 'x-test': 'yes' }, body: 'hello' });
    expect(response.status).toBe(202);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('PUT /p?q=1 yes hello');
  });

  it('lets a handler answer without reading a large body', async () => {
    const { url } = await serve(async () => new Response('no', { status: 413 }));
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(1_000_000) });
    expect(response.status).toBe(413);
  });

  /** A body whose second piece comes, or fails to, when the promise settles. */
  function inTwoPieces(second: Promise<string>): ReadableStream {
    const pieces = [Promise.resolve('first'), second];
    return new ReadableStream({
      async pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(await piece));
      },
    });
  }

  it('lets a handler answer after reading a part of the body', async () => {
    const { url } = await serve(async (request) => {
      const reader = request.body!.getReader();
      await reader.read();
      await reader.cancel();
      return new Response('enough', { status: 413 });
    });
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(1_000_000) });
    expect([response.status, await response.text()]).toEqual([413, 'enough']);
  });

  it('passes on the headers before there is a body', async () => {
    const { url } = await serve(async () => new Response(new ReadableStream(), { status: 202 }));
    expect((await fetch(url)).status).toBe(202);
  });

  it('passes on the first piece of a body before the last one exists', async () => {
    const last = Promise.withResolvers<string>();
    const { url } = await serve(async () => new Response(inTwoPieces(last.promise)));
    const reader = (await fetch(url)).body!.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await read()).toBe('first');
    last.resolve('last');
    expect(await read()).toBe('last');
  });

  it('breaks the connection when a body fails half way', async () => {
    const last = Promise.withResolvers<string>();
    const { url } = await serve(async () => new Response(inTwoPieces(last.promise)));
    const response = await fetch(url);
    last.reject(new Error('broken'));
    await expect(response.text()).rejects.toThrow(TypeError);
  });

  it('ends requests in flight when it closes', async () => {
    const arrived = Promise.withResolvers<Request>();
    const { url, close } = await serve((request) => {
      arrived.resolve(request);
      return new Promise(() => {});
    });
    const call = expect(fetch(url)).rejects.toThrow(TypeError);
    const { signal } = await arrived.promise;
    await close();
    await call;
    expect(signal.aborted).toBe(true);
  });
});
