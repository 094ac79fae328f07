// Deleting for certain: what settles a deletion, what is kept, and how long the next attempt waits.

import { describe, expect, test } from 'vitest';
import type { DeleteOutcome } from '../../src/influx/answer.ts';
import type { InfluxClient } from '../../src/influx/client.ts';
import {
  type Deletion,
  deleteForCertain,
  isSettled,
  pauseBeforeNext,
  planDeletion,
} from '../../src/influx/deletion.ts';

const MADE_AT = Date.parse('2026-11-23T12:00:00Z');
const NAME = 'sts.main.ci-metrics.oaaaaaaaaaaaaaaaaaaaaaaaaaa.01M844DZG0DXCB588VHZR3EM68.apbycejslufuo2o3';
const SINGLE = planDeletion(NAME, MADE_AT, { name: 'main', url: 'https://influxdb.example.com:8181', syncInterval: 0 });
const CLUSTER = planDeletion(NAME, MADE_AT, {
  name: 'main',
  url: 'https://influxdb.example.com:8181',
  syncInterval: 10,
});
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

async function attempt(outcome: DeleteOutcome, { now = MADE_AT, deletion = CLUSTER, storeDown = false } = {}) {
  const client: InfluxClient = {
    createToken: async () => ({ kind: 'unknown', why: 'unreachable', cause: 'x', lasting: false }),
    deleteToken: async () => outcome,
    query: async () => null,
    url: 'https://influxdb.example.com:8181',
    listDatabases: async () => null,
    describeAdminToken: async () => ({ why: 'unreachable' as const, cause: 'x', lasting: false }),
  };
  const kept: Deletion[] = [];
  const alarms: unknown[] = [];
  const pending = {
    schedule: async (one: Deletion) => {
      if (storeDown) throw new Error('the store is down');
      kept.push(one);
    },
  };
  const runtime = { now: () => now, alarm: (name: string, facts: unknown) => alarms.push([name, facts]) };
  return { result: await deleteForCertain(client, deletion, pending, runtime), kept, alarms };
}

describe('a 404 is final', () => {
  test.each([
    ['on a single node, once the create can no longer commit', SINGLE, 20 * SECOND],
    ['in a cluster, after two more sync intervals', CLUSTER, 40 * SECOND],
  ])('%s', (_, deletion, after) => {
    expect(isSettled(deletion, 'not_found', MADE_AT + after - 1)).toBe(false);
    expect(isSettled(deletion, 'not_found', MADE_AT + after)).toBe(true);
  });
});

test('a deletion is settled at once by a 200, and by no failure ever', () => {
  expect(isSettled(CLUSTER, 'deleted', MADE_AT)).toBe(true);
  expect(isSettled(CLUSTER, 'failed', MADE_AT + 100 * HOUR)).toBe(false);
});

describe('an attempt', () => {
  test('that settles it keeps nothing', async () => {
    expect(await attempt('deleted')).toEqual({
      result: { outcome: 'deleted', state: 'settled' },
      kept: [],
      alarms: [],
    });
    const final = await attempt('not_found', { now: MADE_AT + 40 * SECOND });
    expect(final).toEqual({ result: { outcome: 'not_found', state: 'settled' }, kept: [], alarms: [] });
  });

  test.each<DeleteOutcome>(['not_found', 'failed'])('that ends as %s is kept, to be repeated', async (outcome) => {
    expect(await attempt(outcome)).toEqual({ result: { outcome, state: 'kept' }, kept: [CLUSTER], alarms: [] });
  });

  test('that the admin token is refused for is kept too, and told to the operator', async () => {
    expect(await attempt('refused')).toEqual({
      result: { outcome: 'refused', state: 'kept' },
      kept: [CLUSTER],
      alarms: [['admin_token_refused', { instance: 'main' }]],
    });
  });

  test('that cannot be kept says so, and tells the operator the name', async () => {
    expect(await attempt('not_found', { storeDown: true })).toEqual({
      result: { outcome: 'not_found', state: 'lost' },
      kept: [],
      alarms: [['deletion_not_kept', { instance: 'main', token_name: NAME }]],
    });
  });
});

describe('the pause before the next attempt', () => {
  test('is a quarter of the sync interval, at least two seconds, until a 404 is final', () => {
    expect(pauseBeforeNext(SINGLE, MADE_AT, MADE_AT)).toBe(2_000);
    expect(pauseBeforeNext(CLUSTER, MADE_AT, MADE_AT)).toBe(2_500);
    expect(pauseBeforeNext(CLUSTER, MADE_AT, MADE_AT + 29 * SECOND)).toBe(2_500);
  });

  test('grows with an outage, to ten minutes at the most', () => {
    expect(pauseBeforeNext(SINGLE, MADE_AT, MADE_AT + 20 * SECOND + MINUTE)).toBe(30 * SECOND);
    expect(pauseBeforeNext(SINGLE, MADE_AT, MADE_AT + HOUR)).toBe(10 * MINUTE);
  });

  test('is short again for the revocation of an old token', () => {
    const keptAt = MADE_AT + 5 * HOUR;
    expect(pauseBeforeNext(SINGLE, keptAt, keptAt)).toBe(2_000);
  });

  test('lasts through two days of outage, and then leaves the token to the sweep', () => {
    expect(pauseBeforeNext(SINGLE, MADE_AT, MADE_AT + 48 * HOUR)).toBe(10 * MINUTE);
    expect(pauseBeforeNext(SINGLE, MADE_AT, MADE_AT + 49 * HOUR)).toBeNull();
  });
});
