// The figures of docs/scale.md, as text: what is a simple product is multiplied out, what queues is simulated. The page quotes each block as
// it is printed, and a test compares them.

import { GATES } from '../../src/admission/gate-calls.ts';
import { DELETIONS_PER_RUN } from '../../src/service/sweep.ts';
import { mostKeptUp, simulateCatalogue } from './catalogue.ts';
import { simulateGate } from './gate.ts';
import { createsPerHour } from './sharing.ts';

/** Cloudflare's own word for what one Durable Object can do, a soft limit. */
const OBJECT_CALLS_PER_SECOND = 1_000;
/** Admit before the mint, settle after it. */
const GATE_CALLS_PER_VEND = 2;
/** What a vend leaves in its gate for as long as entries are kept; measured: 0.8 to 1.0 KB, with the index. */
const ENTRY_BYTES = 1_000;
/** A gate admits nothing any more from this on: 95 % of its eight gigabytes. */
const GATE_BYTES = 0.95 * 8e9;
const KEPT_DAYS = 30;
const SECONDS_A_DAY = 86_400;
const SWEEPS_PER_SECOND = 1 / 60;
/** Of each vend: admit, create, settle, and the shared token's object. */
const SUBREQUESTS = { own: 3, shared: 4 };
const MAX_SUBREQUESTS = 10_000;
/** Create and settle may be open at the same time. */
const CONNECTIONS = 2;
const MAX_CONNECTIONS = 6;

const RATES = [10, 1_000, 100_000];
/** Distinct tokens in a service that shares: about one for each rule. */
const SHARED_TOKENS = 1_000;
const SHARED_TTL = 3_600;
const SYNC_INTERVAL = 10;

/** Of one token in InfluxDB's catalogue, written and deleted: estimates, and InfluxDB 3.10 and later keep both for ever. */
const CATALOGUE_BYTES = 250 + 50;
/** After so many writes, the whole catalogue is written anew. */
const WRITES_PER_SNAPSHOT = 100;

/** In the order of the page. */
export function figures(): readonly string[] {
  return [limits(), storage(), growth(), sharing(), gates(), sweep()];
}

function limits(): string {
  const perSecond =
    (SHARED_TOKENS * createsPerHour({ ttl: SHARED_TTL, vendsPerSecond: 1, syncInterval: SYNC_INTERVAL })) / 3600;
  const creates = { own: (rate: number) => rate, shared: () => perSecond };
  const rows = (kind: 'own' | 'shared') => {
    const catalogue = (writeMs: number) => (rate: number) => (creates[kind](rate) * 2 * writeMs) / 1000;
    const of: readonly (readonly [string, (rate: number) => number])[] = [
      ['catalogue, 30 ms a write', catalogue(30)],
      ['catalogue, 5 ms a write', catalogue(5)],
      [
        `sweep, ${thousands(DELETIONS_PER_RUN)} a minute`,
        (rate) => creates[kind](rate) / (DELETIONS_PER_RUN * SWEEPS_PER_SECOND),
      ],
      [`${GATES.length} gates`, (rate) => (rate * GATE_CALLS_PER_VEND) / (GATES.length * OBJECT_CALLS_PER_SECOND)],
      [
        `gates' storage, ${KEPT_DAYS} days kept`,
        (rate) => (rate * KEPT_DAYS * SECONDS_A_DAY * ENTRY_BYTES) / (GATES.length * GATE_BYTES),
      ],
      ...(kind === 'own'
        ? []
        : [
            [
              `object of one of ${thousands(SHARED_TOKENS)} tokens`,
              (rate: number) => rate / SHARED_TOKENS / OBJECT_CALLS_PER_SECOND,
            ] as const,
          ]),
      ['subrequests of a vend', () => SUBREQUESTS[kind] / MAX_SUBREQUESTS],
      ['connections of a vend', () => CONNECTIONS / MAX_CONNECTIONS],
    ];
    return of.map(([name, used]) => row([`  ${name}`, ...RATES.map((rate) => percent(used(rate)))]));
  };
  return lines([
    row(['used of each limit', ...RATES.map((rate) => `${thousands(rate)}/s`)]),
    'a token for each vend',
    ...rows('own'),
    `${thousands(SHARED_TOKENS)} shared tokens of an hour`,
    ...rows('shared'),
  ]);
}

/** The longest `audit.keep` that never fills a gate. */
function storage(): string {
  const rows = [1, 5, 10, 100, 1_000, 10_000].map((rate) => {
    const seconds = (GATES.length * GATE_BYTES) / (rate * ENTRY_BYTES);
    const [size, unit] =
      seconds >= SECONDS_A_DAY ? [SECONDS_A_DAY, 'days'] : seconds >= 3600 ? [3600, 'h'] : [60, 'min'];
    return row([`  ${thousands(rate)}`, `${thousands(rounded(seconds / size))} ${unit}`]);
  });
  return lines([row(['vends/s', 'kept at most']), ...rows]);
}

function gates(): string {
  const rows = [10, 1_000, 4_000, 7_000, 9_000, 100_000].map((rate) => {
    const callsPerSecond = (rate * GATE_CALLS_PER_VEND) / GATES.length;
    const load = { callsPerSecond, capacityPerSecond: OBJECT_CALLS_PER_SECOND, seconds: 10 };
    const { p50Ms, p99Ms, lastSeconds } = simulateGate(load);
    const isOver = callsPerSecond > OBJECT_CALLS_PER_SECOND;
    const waits = isOver ? ['-', '-', `${lastSeconds.toFixed(1)} s`] : [p50Ms.toFixed(1), p99Ms.toFixed(1), '-'];
    return row([`  ${thousands(rate)}`, thousands(Math.round(callsPerSecond * 10) / 10), ...waits]);
  });
  return lines([row(['vends/s', 'calls of a gate', 'p50, ms', 'p99, ms', 'after 10 s']), ...rows]);
}

function sweep(): string {
  const cases = [
    [30, 10, 0],
    [30, 16, 0],
    [30, 16, 0.9],
    [5, 80, 0],
    [5, 100, 0],
    [2, 140, 0],
    [2, 180, 0],
  ] as const;
  const rows = cases.map(([writeMs, vendsPerSecond, revoked]) => {
    const { backlogs, createP99Ms } = simulateCatalogue({ writeMs, vendsPerSecond, revoked });
    const counts = backlogs.map((backlog) => thousands(rounded(backlog)));
    return row([`  ${writeMs}`, String(vendsPerSecond), percent(revoked), ...counts, thousands(rounded(createP99Ms))]);
  });
  const most = [30, 10].map((writeMs) =>
    row([
      `  ${writeMs}`,
      mostKeptUp({ writeMs, revoked: 0 }).toFixed(0),
      mostKeptUp({ writeMs, revoked: 0.9 }).toFixed(0),
    ]),
  );
  return lines([
    row(['ms a write', 'vends/s', 'revoked', 'after 5 min', '10 min', '15 min', '20 min', 'create p99, ms']),
    ...rows,
    '',
    row(['ms a write', 'keeps up to', 'of 90 % revoked']),
    ...most,
  ]);
}

function sharing(): string {
  const rows = [900, 3_600, 86_400].map((ttl) =>
    row([
      `  ${ttl / 60} min`,
      ...[0.001, 0.01, 1].map((vendsPerSecond) =>
        createsPerHour({ ttl, vendsPerSecond, syncInterval: SYNC_INTERVAL }).toFixed(2),
      ),
    ]),
  );
  return lines([row(['creates an hour, ttl', '0.001 vends/s', '0.01 vends/s', '1 vend/s']), ...rows]);
}

function growth(): string {
  const rows = [0.1, 1, 10].map((creates) => {
    const perDay = creates * CATALOGUE_BYTES * SECONDS_A_DAY;
    const snapshot = (perDay * 30) / (WRITES_PER_SNAPSHOT / (creates * 2));
    return row([
      `  ${creates}`,
      `${megabytes(perDay)} MB`,
      `${megabytes(perDay * 30)} MB`,
      `${megabytes(snapshot)} MB/s`,
    ]);
  });
  return lines([row(['creates/s', 'a day', 'after 30 days', 'snapshots then']), ...rows]);
}

function row([label, ...cells]: readonly string[]): string {
  return (label!.padEnd(32) + cells.map((cell) => ` ${cell.padStart(15)}`).join('')).trimEnd();
}

const lines = (all: readonly string[]) => `${all.join('\n')}\n`;
const thousands = (value: number) => value.toLocaleString('en');
/** To two digits, which is all that a simulation can claim. */
const rounded = (value: number) => Number(value.toPrecision(2));
const percent = (part: number) => `${thousands(Number((part * 100).toPrecision(2)))} %`;
const megabytes = (bytes: number) => thousands(rounded(bytes / 1e6));
