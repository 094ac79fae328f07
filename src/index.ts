// The Worker: the only file that sees Env and the platform's globals. It hands them to the core as plain functions.

import { waitUntil } from 'cloudflare:workers';
import policyText from '../dist/policy.json';
import { createApp } from './app.ts';
import { readSettings } from './config.ts';
import type { Runtime } from './runtime.ts';
import { createService, unconfigured } from './service.ts';

const runtime: Runtime = {
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

const record = (event: object) => console.log(JSON.stringify(event));

let app: ReturnType<typeof createApp> | null = null;

export default {
  fetch(request, env) {
    app ??= start(env);
    return app.fetch(request);
  },
} satisfies ExportedHandler<Env>;

function start(env: Env) {
  const settings = readSettings({ ...env }, policyText, runtime);
  const service = settings.ok
    ? createService(settings.value, record, runtime)
    : unconfigured(settings.failure, record, runtime);
  return createApp(service, runtime);
}
