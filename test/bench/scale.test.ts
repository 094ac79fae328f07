// The page on scale quotes figures: they are what the simulation prints, and the simulation does what is certain without it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { simulateCatalogue } from '../../bench/scale/catalogue.ts';
import { figures } from '../../bench/scale/figures.ts';
import { simulateGate } from '../../bench/scale/gate.ts';
import { createsPerHour } from '../../bench/scale/sharing.ts';

test('docs/scale.md quotes every block of figures as npm run scale prints it, and no other', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/scale.md'), 'utf8');
  const quoted = [...page.matchAll(/^```text\n(.*?)^```$/gms)].map(([, text]) => text);
  expect(quoted).toEqual(figures());
});

test('expired tokens pile up as soon as more expire than the sweep can delete, and not before', () => {
  const load = { writeMs: 1, revoked: 0 };
  // 9,000 a minute are 150 a second.
  const { backlogs: kept } = simulateCatalogue({ ...load, vendsPerSecond: 140 });
  const { backlogs: growing } = simulateCatalogue({ ...load, vendsPerSecond: 160 });
  expect(kept.at(-1)!).toBeLessThan(2 * 60 * 140);
  expect(growing.at(-1)! - growing[0]!).toBeGreaterThan(0.8 * 10 * (15 * 60));
});

test('a gate answers at once when it is idle, and falls behind for good when more comes than it can do', () => {
  const idle = simulateGate({ callsPerSecond: 1, capacityPerSecond: 1_000, seconds: 100 });
  expect(idle.p50Ms).toBeCloseTo(1, 6);
  const over = simulateGate({ callsPerSecond: 2_000, capacityPerSecond: 1_000, seconds: 10 });
  // Twice as much comes: after ten seconds it is ten seconds behind.
  expect(over.lastSeconds).toBeGreaterThan(9);
  expect(over.lastSeconds).toBeLessThan(11);
});

test('a shared token that nobody asks for twice is made for each vend, and one in demand about twice in its life', () => {
  const ttl = 3_600;
  const rare = createsPerHour({ ttl, vendsPerSecond: 1 / 36_000, syncInterval: 0 });
  expect(rare).toBeGreaterThan(0.05);
  expect(rare).toBeLessThan(0.2);
  const [quiet, busy] = [0.1, 10].map((vendsPerSecond) => createsPerHour({ ttl, vendsPerSecond, syncInterval: 0 }));
  expect(busy! - quiet!).toBeLessThan(0.1);
  expect(busy!).toBeGreaterThan(2);
  expect(busy!).toBeLessThan(2.5);
});
