// A door that is loaded when it is asked for behaves as one that was there from the start.

import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { answer, type DoorEnv } from '../../src/web/door.ts';
import { lazyDoor } from '../../src/web/lazy-door.ts';

function appWith(load: () => Promise<Hono<DoorEnv>>) {
  const app = new Hono<DoorEnv>();
  app.use(async (c, next) => {
    c.set('receipt', { id: c.req.header('x-test-id') ?? 'none', receivedAt: 0 });
    await next();
    c.res.headers.set('x-outer', 'yes');
  });
  lazyDoor(app, '/pages', load);
  app.get('/pagesetter', (c) => c.text('another route'));
  app.notFound((c) => c.text(`nothing at ${c.req.path}`, 404));
  app.onError((error, c) => c.text(`outer: ${error.message}`, 500));
  return app;
}

function pages(): Hono<DoorEnv> {
  const door = new Hono<DoorEnv>();
  door.get('/', (c) => answer(c, 200, { page: 'first' }));
  door.get('/:name', (c) => answer(c, 200, { page: c.req.param('name'), query: c.req.query('q') }));
  door.post('/', async (c) => answer(c, 201, { sent: await c.req.text() }));
  door.get('/broken/page', () => {
    throw new Error('a bug');
  });
  return door;
}

describe('a lazy door', () => {
  test('is loaded by the first request for it, and once', async () => {
    let loads = 0;
    const app = appWith(async () => {
      loads++;
      return pages();
    });
    expect(await (await app.request('/pagesetter')).text()).toBe('another route');
    expect(await (await app.request('/elsewhere')).text()).toBe('nothing at /elsewhere');
    expect(loads).toBe(0);
    await app.request('/pages');
    await app.request('/pages/second');
    expect(loads).toBe(1);
  });

  test('sees the path, query and body, and its answers pass the middleware and carry the id of the request', async () => {
    const app = appWith(async () => pages());
    const first = await app.request('/pages', { headers: { 'x-test-id': 'id-1' } });
    expect(await first.json()).toEqual({ page: 'first' });
    expect(first.headers.get('x-request-id')).toBe('id-1');
    expect(first.headers.get('x-outer')).toBe('yes');
    const second = await app.request('/pages/second?q=1', { headers: { 'x-test-id': 'id-2' } });
    expect(await second.json()).toEqual({ page: 'second', query: '1' });
    expect(second.headers.get('x-request-id')).toBe('id-2');
    expect(await (await app.request('/pages', { method: 'POST', body: 'words' })).json()).toEqual({ sent: 'words' });
  });

  test('leaves an unknown address and a bug to the app', async () => {
    const app = appWith(async () => pages());
    const unknown = await app.request('/pages/no/such/page');
    expect([unknown.status, await unknown.text()]).toEqual([404, 'nothing at /pages/no/such/page']);
    const bug = await app.request('/pages/broken/page');
    expect([bug.status, await bug.text()]).toEqual([500, 'outer: a bug']);
  });

  test('is loaded again after a load that failed', async () => {
    const loads = [async () => Promise.reject(new Error('not now')), async () => pages()];
    const app = appWith(async () => loads.shift()!());
    expect(await (await app.request('/pages')).text()).toBe('outer: not now');
    expect((await app.request('/pages')).status).toBe(200);
  });
});
