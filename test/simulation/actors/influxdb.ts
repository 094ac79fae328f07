// InfluxDB as far as its catalogue of tokens goes: a create commits or not, perhaps after the caller has stopped waiting; its answer may be
// lost; the nodes of a cluster hear of it one after another. It is the truth that records are held against.

import type { Catalogue } from '../../../src/admission/gate/resolution.ts';
import type { CreateOutcome, DeleteOutcome } from '../../../src/influx/answer.ts';
import type { CreateTokenRequest, InfluxClient } from '../../../src/influx/client.ts';
import { hasToken } from '../../../src/influx/ledger.ts';
import { randomToken } from '../../../src/influx/mint.ts';
import type { Instance } from '../../../src/policy/language/compiled.ts';
import { never, type Process } from '../process.ts';
import type { World } from '../world.ts';

/** A token that InfluxDB has made, whatever became of it. */
export interface MadeToken {
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When each node has heard of it. */
  readonly knownAt: readonly number[];
  deletedAt: number | null;
}

export interface InfluxDB {
  readonly clients: (from: Process) => ReadonlyMap<string, InfluxClient>;
  readonly catalogue: (from: Process) => Catalogue;
  readonly made: ReadonlyMap<string, MadeToken>;
  /** No answer to anything before this time. */
  readonly outage: (until: number) => void;
}

/** After that a request is cancelled, and what arrived late has not arrived. */
export const UPSTREAM_TIMEOUT_MS = 10_000;
const NODES = 3;

export function createInfluxDB(world: World): InfluxDB {
  const { timeline, weather, random } = world;
  const made = new Map<string, MadeToken>();
  let silentUntil = 0;

  const isThere = ({ deletedAt }: MadeToken) => deletedAt === null;

  function commit({ token_name: name, expiry_secs: ttl }: CreateTokenRequest, { syncInterval }: Instance): MadeToken {
    const now = timeline.now();
    const longest = syncInterval * 1000;
    const knownAt = Array.from({ length: NODES }, () => now + random.pick([random.between(0, longest), longest]));
    knownAt[random.between(0, NODES - 1)] = now;
    const token = { name, createdAt: now, expiresAt: now + ttl * 1000, knownAt, deletedAt: null };
    made.set(name, token);
    timeline.tell(() => `InfluxDB makes ${name}`);
    world.happened({ kind: 'created', name });
    return token;
  }

  /** What one request sees: a node is asked, whichever it is. */
  function seenBy(node: number): readonly MadeToken[] {
    return [...made.values()].filter((token) => isThere(token) && token.knownAt[node]! <= timeline.now());
  }

  function request<T>(from: Process, what: string, silent: T, answer: () => T): Promise<T> {
    if (!from.steps(`before it asks InfluxDB to ${what}`)) return never();
    return new Promise((resolve) => {
      const hear = (result: T, delay: number) =>
        void timeline.after(delay, () => {
          if (!from.steps(`as InfluxDB answers to ${what}`)) return;
          timeline.tell(() => `${from.name} asked InfluxDB to ${what}: ${JSON.stringify(result)}`);
          resolve(result);
        });
      const isSilent = timeline.now() < silentUntil || weather.silence();
      // A request whose answer is lost may have done its work.
      const arrives = !isSilent || (timeline.now() >= silentUntil && random.chance(0.5));
      timeline.after(weather.delay(), () => {
        const result = arrives ? answer() : silent;
        hear(isSilent ? silent : result, isSilent ? random.between(10, UPSTREAM_TIMEOUT_MS) : weather.delay());
      });
      from.steps(`after it asked InfluxDB to ${what}`);
    });
  }

  function create(from: Process, instance: Instance, body: CreateTokenRequest): Promise<CreateOutcome> {
    const name = body.token_name;
    if (!from.steps(`before it asks for ${name}`)) return never();
    timeline.tell(() => `${from.name} asks InfluxDB for ${name}`);
    world.happened({ kind: 'create_sent', name });
    const fate = timeline.now() < silentUntil ? random.pick(['lost', 'failed'] as const) : weather.create();
    return new Promise((resolve) => {
      const hear = (delay: number, outcome: () => CreateOutcome) =>
        void timeline.after(delay, () => {
          if (!from.steps(`as it hears of ${name}`)) return;
          timeline.tell(() => `${from.name} hears of ${name}: ${fate}`);
          resolve(outcome());
        });
      const unknown = (): CreateOutcome => ({
        kind: 'unknown',
        why: 'unreachable',
        cause: 'no answer',
        lasting: false,
      });
      const arriveAfter = fate === 'silent' ? random.between(0, UPSTREAM_TIMEOUT_MS) : weather.delay();
      switch (fate) {
        case 'created':
        case 'garbled':
          timeline.after(arriveAfter, () => {
            const token = commit(body, instance);
            const written = { name: fate === 'created' ? name : 'of another', token: randomToken(from.runtime) };
            const times = { createdAt: iso(token.createdAt), expiry: iso(token.expiresAt) };
            hear(weather.delay(), () => ({ kind: 'created', created: { ...written, ...times } }));
          });
          break;
        case 'silent':
          timeline.after(arriveAfter, () => commit(body, instance));
          hear(random.chance(0.5) ? UPSTREAM_TIMEOUT_MS : random.between(0, UPSTREAM_TIMEOUT_MS), unknown);
          break;
        case 'lost':
          hear(UPSTREAM_TIMEOUT_MS, unknown);
          break;
        case 'failed':
          hear(weather.delay(), unknown);
          break;
        case 'refused':
          hear(weather.delay(), () => ({
            kind: 'refused',
            status: 400,
            words: { phrase: null, length: 0 },
            unknownResource: null,
          }));
          break;
      }
      from.steps(`after it asked for ${name}`);
    });
  }

  function remove(name: string): DeleteOutcome {
    const token = seenBy(random.between(0, NODES - 1)).find((one) => one.name === name);
    if (token === undefined) return 'not_found';
    token.deletedAt = timeline.now();
    return 'deleted';
  }

  /** The three questions that the simulated program asks. */
  function select(instance: string, sql: string, { name, pattern = '' }: Readonly<Record<string, string>>) {
    const seen = seenBy(random.between(0, NODES - 1));
    const rows = sql.includes('name = $name')
      ? seen.filter((token) => token.name === name)
      : sql.includes('expiry > now()')
        ? seen.filter((token) => token.name.startsWith(pattern.slice(0, -1)) && token.expiresAt > timeline.now())
        : seen.filter((token) => token.name.startsWith(`sts.${instance}.`) && token.expiresAt <= timeline.now());
    return rows.map((token) => ({ name: token.name })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  const clients: InfluxDB['clients'] = (from) =>
    new Map(
      Object.values(world.policies[0].instances).map((instance) => [
        instance.name,
        {
          url: instance.url,
          createToken: (body) => create(from, instance, body),
          deleteToken: (name) => request<DeleteOutcome>(from, `delete ${name}`, 'failed', () => remove(name)),
          query: (sql, parameters) =>
            request(from, `look for ${parameters.name ?? 'what has expired'}`, null, () =>
              select(instance.name, sql, parameters),
            ),
          describeAdminToken: () => Promise.reject(new Error('nobody asks this here')),
          listDatabases: () => Promise.reject(new Error('nobody asks this here')),
        } satisfies InfluxClient,
      ]),
    );

  return {
    clients,
    catalogue: (from) => {
      const own = clients(from);
      return { has: (instance, name) => hasToken(own.get(instance), name) };
    },
    made,
    outage: (until) => {
      silentUntil = until;
    },
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
