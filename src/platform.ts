// The platform as the core sees it: the Worker's globals as plain functions, its Env as settings, its Durable Objects as stores. The Worker
// and its Durable Objects use it, and run apart from each other. It never decides anything.

import { waitUntil } from 'cloudflare:workers';
import policyText from '../dist/policy.json';
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
  'SHARED_TOKENS',
  'DELETIONS',
  'REVOCATIONS',
] as const satisfies readonly (keyof Env)[];

/** Each object is addressed by a digest that does not change when the key is rotated. */
export function storesFrom(env: Env): Stores {
  // A stub belongs to the request that made it, and the stores outlive requests: so each call makes its own.
  const board = () => env.SWITCHBOARD.getByName('switchboard');
  return {
    gates: (digit) => env.GATES.getByName(digit),
    board: {
      greet: (...call) => board().greet(...call),
      current: () => board().current(),
      list: () => board().list(),
      set: (...call) => board().set(...call),
      lift: (...call) => board().lift(...call),
    },
    sharedTokens: (owner) => env.SHARED_TOKENS.getByName(owner),
    deletions: { schedule: (deletion) => env.DELETIONS.getByName(deletion.name).schedule(deletion) },
    revocations: { take: async (key) => (await env.REVOCATIONS.limit({ key })).success },
  };
}
