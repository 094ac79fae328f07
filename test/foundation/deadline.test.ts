// The bound on a wait: what the work gives, or null, and never a rejection.

import { expect, test } from 'vitest';
import { withinDeadline } from '../../src/foundation/deadline.ts';

function setUp() {
  const asked: number[] = [];
  const waiting = new Set<() => void>();
  const after = (milliseconds: number, action: () => void) => {
    asked.push(milliseconds);
    waiting.add(action);
    return () => waiting.delete(action);
  };
  const expire = () => {
    for (const action of waiting) action();
  };
  return { runtime: { after }, asked, waiting, expire };
}

test('gives what the work gives, false and undefined included', async () => {
  const { runtime, asked } = setUp();
  expect(await withinDeadline(Promise.resolve('done'), 5_000, runtime)).toBe('done');
  expect(await withinDeadline(Promise.resolve(false), 5_000, runtime)).toBe(false);
  expect(await withinDeadline(Promise.resolve(undefined), 5_000, runtime)).toBe(undefined);
  expect(asked).toEqual([5_000, 5_000, 5_000]);
});

test('leaves no timer behind', async () => {
  const { runtime, waiting } = setUp();
  await withinDeadline(Promise.resolve('done'), 5_000, runtime);
  await withinDeadline(Promise.reject(new Error('no')), 5_000, runtime);
  expect(waiting.size).toBe(0);
});

test('gives null for work that fails', async () => {
  const { runtime } = setUp();
  expect(await withinDeadline(Promise.reject(new Error('no')), 5_000, runtime)).toBeNull();
});

test('gives null when the time is up, and what comes of the work thereafter concerns nobody', async () => {
  const { runtime, expire } = setUp();
  const { promise, reject } = Promise.withResolvers<string>();
  const waiting = withinDeadline(promise, 5_000, runtime);
  expire();
  expect(await waiting).toBeNull();
  reject(new Error('too late'));
  // A rejection that nobody handles fails the run in the next turn.
  await new Promise(setImmediate);
});
