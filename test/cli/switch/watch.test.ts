// Following a switch that is not in force yet, with a clock that the test moves: how long it is waited for, and what is said meanwhile.

import { expect, test } from 'vitest';
import { missingWords, watch } from '../../../src/cli/switch/watch.ts';
import type { Client } from '../../../src/client/client.ts';
import type { Switch } from '../../../src/client/switches.ts';
import { createSteppedEnvironment } from '../../client/stepped-environment.ts';

const SET: Switch = {
  id: 'id',
  target: { kind: 'rule', name: 'app' },
  level: 'operator',
  why: 'x',
  until: null,
  set_at: '2026-11-23T12:00:00Z',
  on: true,
  in_force: false,
  revocation: null,
};
const MISSING = { gates: ['3'], open: 1 };

function watching(show: () => Switch) {
  const environment = createSteppedEnvironment();
  const lines: string[] = [];
  const channel = { line: (text: string) => void lines.push(text), paint: (_: unknown, text: string) => text };
  const client = { environment, switches: { show: async () => show() } } as unknown as Client;
  const ended = watch(client, show(), MISSING, { out: channel, err: channel, env: {} }, 'x');
  return { environment, lines, ended };
}

test('a switch that comes into force within a minute is waited for', async () => {
  let state = SET;
  const { environment, lines, ended } = watching(() => state);
  await environment.advance(30_000);
  expect(lines).toEqual([
    'x: set, and not in force yet: gate 3 has not stored it, and 1 vend that it covers is under way; waiting for it',
  ]);
  state = { ...SET, in_force: true };
  await environment.advance(1_000);
  expect(await ended).toMatchObject({ exit: 0, state: { in_force: true } });
});

test('after a minute the exit code says that it is not in force, even where tokens are still to be revoked', async () => {
  const revocation = { state: 'revoking', revoked: 1, left: 0, failed: 0, unreachable: [] } as const;
  const { environment, lines, ended } = watching(() => ({ ...SET, revocation }));
  await environment.advance(61_000);
  expect(await ended).toMatchObject({ exit: 4 });
  expect(lines.at(-1)).toContain('still not in force; the service goes on by itself');
});

test('a switch that somebody lifts meanwhile is not waited for', async () => {
  let state = SET;
  const { environment, lines, ended } = watching(() => state);
  state = { ...SET, on: false };
  await environment.advance(2_000);
  expect(await ended).toMatchObject({ exit: 4 });
  expect(lines.at(-1)).toContain('it was lifted');
});

test.each([
  [{ gates: [], open: 2 }, '2 vends that it covers are under way'],
  [{ gates: ['1', 'a'], open: 0 }, 'gate 1, a have not stored it'],
])('%j is said in words', (missing, words) => {
  expect(missingWords(missing)).toBe(words);
});
