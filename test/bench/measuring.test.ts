// What the benchmark reads of the operating system, of V8 and of a connection, and what it makes of rounds. It measures nothing.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readAnswer } from '../../bench/answer.ts';
import { atStart } from '../../bench/built.ts';
import { cpuBetween, onProcessor, readCpu, residentMegabytes } from '../../bench/cpu.ts';
import { kilobytesPerRequest, readCollections } from '../../bench/heap.ts';
import { ask, openConnections } from '../../bench/load.ts';
import { withResults } from '../../bench/page.ts';
import type { Results } from '../../bench/results.ts';
import { ratioOf, runRounds, type Sample, sampleOf } from '../../bench/rounds.ts';
import { TARGETS } from '../../bench/table.ts';
import { readWorkerConfig } from '../../bench/worker-config.ts';
import { configText } from '../../bench/workerd.ts';

test('CPU time is the first number of schedstat, in nanoseconds, and nothing else is taken for it', () => {
  expect(onProcessor('1937069524 1599966810 9843\n')).toBe(1_937_069_524);
  for (const text of ['', '12 13', 'cpu 1 2 3', '1937069524 1599966810 9843 1'])
    expect(() => onProcessor(text)).toThrow();
});

test('CPU time between two readings is that of all threads, of new ones whole', () => {
  const before = new Map([
    ['1', 100],
    ['2', 5],
  ]);
  const after = new Map([
    ['1', 130],
    ['2', 5],
    ['3', 7],
  ]);
  expect(cpuBetween(before, after)).toBe(37);
});

test('work of this process shows in its CPU time, finer than a tick of 10 ms', () => {
  const before = readCpu(process.pid);
  let sum = 0;
  for (let at = 0; at < 3e6; at++) sum += Math.sqrt(at);
  const nanoseconds = cpuBetween(before, readCpu(process.pid));
  expect(sum).toBeGreaterThan(0);
  expect(nanoseconds).toBeGreaterThan(0);
  expect(nanoseconds % 10_000_000).not.toBe(0);
  expect(residentMegabytes(process.pid)).toBeGreaterThan(10);
});

const COLLECTIONS = `{"time":"2026-11-28T10:00:00Z","text":"[1:0x9] 5 ms: no collection"}
[17:0x71b3]     1000 ms: Scavenge 10.0 (20.2) -> 4.0 (20.2) MB, pooled: 0.5 MB, 1.15 / 0.00 ms
[17:0x71b3]     1250 ms: Scavenge 12.0 (20.2) -> 4.0 (20.2) MB, pooled: 0.5 MB, 1.15 / 0.00 ms
[17:0x9999]     1300 ms: Scavenge 80.0 (20.2) -> 1.0 (20.2) MB, pooled: 0.5 MB, 1.15 / 0.00 ms
{"kind":"vend"}[17:0x71b3]  1500 ms: Mark-Compact (reduce) 12.0 (20.2) -> 3.0 (20.2) MB, pooled: 0.5 MB
[17:0x71b3]     2000 ms: Scavenge 11.0 (20.2) -> 4.0 (20.2) MB, pooled: 0.5 MB, 1.15 / 0.00 ms
`;

test('heap for each request is what grew between collections of the busiest heap, over the requests of that time', () => {
  const collections = readCollections(COLLECTIONS);
  expect(collections).toHaveLength(5);
  // 8 + 8 + 8 MB in one second, in which 3000 of 6000 requests fall.
  expect(kilobytesPerRequest(collections, { requests: 6_000, seconds: 2 })).toBeCloseTo((24 * 1024) / 3_000, 6);
});

test('too few collections say nothing of the heap', () => {
  expect(kilobytesPerRequest(readCollections(COLLECTIONS).slice(0, 3), { requests: 6_000, seconds: 2 })).toBeNull();
  expect(kilobytesPerRequest([], { requests: 1, seconds: 1 })).toBeNull();
});

test.each([
  ['a length', 'HTTP/1.1 201 Created\r\nContent-Length: 5\r\nx: y\r\n\r\nhällo'.replace('5', '6'), 201, 'hällo'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 200, 'abcde'],
  ['no body', 'HTTP/1.1 204 No Content\r\nx-request-id: 1\r\n\r\n', 204, ''],
])('an answer with %s is complete with its last byte and not before', (_, text, status, body) => {
  const bytes = Buffer.from(text);
  for (let length = 0; length < bytes.length; length++) expect(readAnswer(bytes.subarray(0, length))).toBeNull();
  expect(readAnswer(bytes)).toEqual({ status, body });
});

const SAMPLE: Sample = { requests: 10, cpuMicroseconds: 0, requestsPerSecond: 1, p50Ms: 1, p99Ms: 1 };

test('each round measures each case once, in an order of its own', async () => {
  const order: string[] = [];
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const measure = async (name: string) => {
    order.push(name);
    return SAMPLE;
  };
  const samples = await runRounds(['a', 'b', 'c', 'd'], 8, measure, random);
  const rounds = Array.from({ length: 8 }, (_, at) => order.slice(at * 4, at * 4 + 4));
  for (const round of rounds) expect(round.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  expect(new Set(rounds.map((round) => round.join(''))).size).toBeGreaterThan(3);
  expect([...samples].map(([name, list]) => [name, list.length])).toEqual([
    ['a', 8],
    ['b', 8],
    ['c', 8],
    ['d', 8],
  ]);
});

test('a ratio is taken within each round, so that a machine that becomes slower favours nobody', () => {
  const of = (...values: number[]) => values.map((cpuMicroseconds) => ({ ...SAMPLE, cpuMicroseconds }));
  const samples = new Map([
    ['ours', of(20, 200, 3_000, 24, 2_000)],
    ['floor', of(10, 100, 1_500, 10, 1_000)],
  ]);
  expect(ratioOf(samples, 'ours', 'floor', 'cpuMicroseconds')).toEqual({ median: 2, quartiles: [2, 2] });
  expect(() => ratioOf(samples, 'ours', 'nobody', 'cpuMicroseconds')).toThrow('not both measured');
});

test('a sample is CPU for each request, requests for each second, and the middle and the slow end of the latencies', () => {
  const latencies = Array.from({ length: 200 }, (_, at) => 200 - at);
  expect(sampleOf({ requests: 200, seconds: 4, latencies }, 30_000_000)).toEqual({
    requests: 200,
    cpuMicroseconds: 150,
    requestsPerSecond: 50,
    p50Ms: 101,
    p99Ms: 199,
  });
});

test('the load answers for each request, and ends the run at an unexpected status', async () => {
  let seen = 0;
  const server = createServer((request, response) => {
    seen++;
    response.writeHead(request.url === '/ok' ? 201 : 500).end('text');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const get = (path: string) => ({
    label: 'a case',
    status: 201,
    next: () => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`,
  });
  const connections = await openConnections(port);
  try {
    const load = await connections.run(get('/ok'), 30);
    expect(load.requests).toBe(seen);
    expect(load.latencies).toHaveLength(seen);
    expect(load.seconds).toBeGreaterThanOrEqual(0.03);
    expect(await ask(port, get('/ok'))).toEqual({ status: 201, body: 'text' });
    await expect(connections.run(get('/broken'), 30)).rejects.toThrow('a case answered 500 in the place of 201: text');
  } finally {
    connections.close();
    server.close();
  }
});

test('the measured Worker has the objects, limits and date of wrangler.toml, and its objects are on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'influx-sts-bench-test-'));
  try {
    const file = join(folder, 'wrangler.toml');
    await writeFile(
      file,
      `name = "a"\nmain = "a.js"\ncompatibility_date = "2026-01-02"\ncompatibility_flags = ["some_flag"]
[[durable_objects.bindings]]\nname = "GATES"\nclass_name = "GateObject"
[[ratelimits]]\nname = "FLOODS"\nnamespace_id = "1"\nsimple = { limit = 1, period = 60 }\n`,
    );
    const config = configText(
      { ...readWorkerConfig(file), modules: [], texts: { KEY: 'a "quoted" text' } },
      '/storage',
    );
    expect(config).toContain('name = "GATES", durableObjectNamespace = "GateObject"');
    expect(config).toContain('className = "GateObject", uniqueKey = "GateObject", enableSql = true');
    expect(config).toContain('name = "FLOODS", wrapped = (moduleName = "bench:rate-limit")');
    expect(config).toContain('compatibilityDate = "2026-01-02"');
    expect(config).toContain('compatibilityFlags = ["some_flag"]');
    expect(config).toContain('name = "KEY", text = "a \\"quoted\\" text"');
    expect(config).toContain('durableObjectStorage = (localDisk = "disk")');
    expect(config).toContain('disk = (path = "/storage", writable = true)');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the size at start counts what the entry imports, and not what it imports when it is asked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'influx-sts-bench-test-'));
  try {
    await writeFile(
      join(folder, 'index.js'),
      'import{a as b}from"./chunk-A.js";import"./b.js";const p=()=>import("./page.js");export{b as default};',
    );
    await writeFile(join(folder, 'chunk-A.js'), 'var a=1;export{c}from"./c.js";export { a };');
    for (const file of ['b.js', 'c.js', 'page.js']) await writeFile(join(folder, file), '');
    expect(atStart(folder, 'index.js').toSorted()).toEqual(['b.js', 'c.js', 'chunk-A.js', 'index.js']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the page takes the results of a run in the place of the last ones, and says what is missed', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/benchmark.md'), 'utf8');
  const good = Object.fromEntries(Object.entries(TARGETS));
  const rest = { cases: {}, quartiles: {}, first_answers: {}, memory: [], decision: [], environment: { node: 'v24' } };
  const met = withResults(page, { ...good, ...rest } as unknown as Results);
  expect(met).toContain(`All ${Object.keys(TARGETS).length} targets are met.`);
  const faults = { vend_heap_kb: null, refuse_cpu_ratio: 1.8, vend_durable_throughput_ratio: 0.5 };
  const missed = withResults(met, { ...good, ...faults, ...rest } as unknown as Results);
  expect(missed).not.toContain('targets are met');
  expect(missed).toContain('**Missed**: 3 of');
  expect(missed).toContain('- `vend_heap_kb`: not measured, and the target is 32');
  expect(missed).toContain('- `refuse_cpu_ratio`: 1.80, and the target is 1.7');
  expect(missed).toContain('- `vend_durable_throughput_ratio`: 0.50, and the target is 0.65');
  expect(missed.split('## Who is measured')[1]).toBe(page.split('## Who is measured')[1]);
  expect(withResults(missed, { ...good, ...rest } as unknown as Results)).toBe(met);
  expect(() => withResults('# Another page', { ...good, ...rest } as unknown as Results)).toThrow('no place');
});

test('each number that has a target stands with it on the page', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/benchmark.md'), 'utf8');
  for (const [name, target] of Object.entries(TARGETS)) {
    const [, told] = new RegExp(`^\\| \`${name}\` \\|.*\\| (?:at least )?([\\d.,]+) \\|$`, 'm').exec(page) ?? [];
    expect({ name, target: Number(told?.replace(',', '')) }).toEqual({ name, target });
  }
});
