// The platform as the core sees it: the Worker's globals as plain functions, its Env as settings, its Durable Objects as stores. The Worker
// and its Durable Objects use it, and run apart from each other. It never decides anything.

import { waitUntil } from 'cloudflare:workers';
import policyText from '../dist/policy.json';
import { placed, readGatePlace } from './admission/gate-place.ts';
import type { RecordEvent } from './audit/event.ts';
import { readSettings, type Settings } from './config.ts';
import type { Result } from './foundation/failure.ts';
import type { Runtime } from './foundation/runtime.ts';
import type { Stores } from './service/service.ts';

export const runtime: Runtime = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  random: (size) => crypto.getRandomValues(new Uint8Array(size)),
  waitUntil: (work) => waitUntil(work),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
  alarm: (name, facts) => console.error(JSON.stringify({ alarm: name, ...facts })),
};

export const record: RecordEvent = (event) => console.log(JSON.stringify(event));

let remembered: Result<Settings> | null = null;

/** Read once for each isolate, because the policy can be megabytes and many objects may share the isolate with the Worker. */
export function settingsFrom(env: Env): Result<Settings> {
  remembered ??= readSettings({ ...env }, policyText, BINDINGS, runtime);
  return remembered;
}

/** The bindings of wrangler.toml that the service needs to keep its promises. */
const BINDINGS = [
  'GATES',
  'SWITCHBOARD',
  'LIMITS',
  'SHARED_TOKENS',
  'DELETIONS',
  'REVOCATIONS',
  'SOURCES',
  'IDENTITIES',
] as const satisfies readonly (keyof Env)[];

/** Each object is addressed by what does not change when the key is rotated. */
export function storesFrom(env: Env): Stores {
  const place = readGatePlace({ ...env });
  const board = () => placed(env.SWITCHBOARD, place)('switchboard');
  return {
    gates: (digit) => placed(env.GATES, place)(digit),
    // A fresh stub for each call: it belongs to the request that made it, and one that has failed may stay so.
    board: {
      greet: (...call) => board().greet(...call),
      current: () => board().current(),
      list: () => board().list(),
      set: (...call) => board().set(...call),
      lift: (...call) => board().lift(...call),
    },
    limits: (rule) => placed(env.LIMITS, place)(rule),
    sharedTokens: (owner) => env.SHARED_TOKENS.getByName(owner),
    deletions: { schedule: (deletion) => env.DELETIONS.getByName(deletion.name).schedule(deletion) },
    revocations: { take: async (key) => (await env.REVOCATIONS.limit({ key })).success },
    sources: { take: async (key) => (await env.SOURCES.limit({ key })).success },
    identities: { take: async (key) => (await env.IDENTITIES.limit({ key })).success },
  };
}
