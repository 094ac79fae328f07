// Nodes that share a catalog and learn of changes late: where a token works, and where it works no longer. All times
// come from a clock that the tests move.
import { describe, expect, it } from 'vitest';
import { createInfluxEmulator } from './influxdb.ts';
import { createCaller, type Permission } from './influxdb-caller.ts';

const ORIGIN = 'http://influxdb.test';
const START = 1_778_207_869_675;

const db = (names: string[], actions: string[]): Permission => ({
  resource_type: 'db',
  resource_names: names,
  actions,
});

function setUp() {
  const clock = { now: START };
  const emulator = createInfluxEmulator({ now: () => clock.now, databases: ['a'], nodes: 2, syncIntervalMs: 10_000 });
  const node = (index: number) =>
    createCaller((request) => emulator.fetch(request, index), ORIGIN, emulator.adminToken);
  async function mint(permissions: Permission[]): Promise<string> {
    return JSON.parse((await node(0).create('minted', permissions, 60)).text).token;
  }
  return { clock, emulator, node, mint };
}

describe('a cluster', () => {
  it('knows a new token at once where it was made and elsewhere after the sync interval', async () => {
    const { clock, node, mint } = setUp();
    const token = await mint([db(['a'], ['write'])]);
    expect((await node(0).writeV3(token, 'a', 'm v=1')).status).toBe(204);
    clock.now = START + 9_999;
    expect((await node(1).writeV3(token, 'a', 'm v=1')).status).toBe(401);
    clock.now = START + 10_000;
    expect((await node(1).writeV3(token, 'a', 'm v=1')).status).toBe(204);
  });

  it('honours a deleted token elsewhere until the sync interval is over', async () => {
    const { clock, node, mint } = setUp();
    const token = await mint([db(['a'], ['write'])]);
    clock.now = START + 20_000;
    await node(0).delete('minted');
    expect((await node(0).writeV3(token, 'a', 'm v=1')).status).toBe(401);
    expect((await node(1).writeV3(token, 'a', 'm v=1')).status).toBe(204);
    clock.now = START + 30_000;
    expect((await node(1).writeV3(token, 'a', 'm v=1')).status).toBe(401);
  });

  it('cannot delete on a node what that node has not heard of', async () => {
    const { node, mint, emulator } = setUp();
    await mint([]);
    expect((await node(1).delete('minted')).status).toBe(404);
    expect(emulator.tokens()).toHaveLength(1);
  });

  it('refuses a taken name on every node, because a commit makes the node catch up', async () => {
    const { node, mint } = setUp();
    const token = await mint([db(['a'], ['write'])]);
    expect((await node(1).create('minted', [], 60)).status).toBe(409);
    expect((await node(1).create('other', [], 60)).status).toBe(201);
    expect((await node(1).writeV3(token, 'a', 'm v=1')).status).toBe(204);
  });

  it('lists on each node what that node knows', async () => {
    const { clock, emulator, node, mint } = setUp();
    await mint([]);
    const count = async (index: number) => {
      const q = "SELECT count(*) AS n FROM system.tokens WHERE name = 'minted'";
      return JSON.parse((await node(index).query(emulator.adminToken, '_internal', q)).text)[0].n;
    };
    expect([await count(0), await count(1)]).toEqual([1, 0]);
    clock.now = START + 10_000;
    expect(await count(1)).toBe(1);
  });

  it('has no node beyond those it was given', async () => {
    const { emulator } = setUp();
    await expect(emulator.fetch(new Request(ORIGIN), 2)).rejects.toThrow(RangeError);
  });
});
