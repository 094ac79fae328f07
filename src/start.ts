// Starts the service, once for each isolate: settings and key sets are remembered as long as it lives. It never starts a service on
// settings that are wrong.

import { createApp } from './app.ts';
import { record, runtime, settingsFrom, storesFrom } from './platform.ts';
import { createService, type Service, unconfigured } from './service/service.ts';

export interface Started {
  readonly service: Service;
  readonly app: ReturnType<typeof createApp>;
}

let started: Started | null = null;

export function start(env: Env): Started {
  if (started !== null) return started;
  const settings = settingsFrom(env);
  const service = settings.ok
    ? createService(settings.value, storesFrom(env), record, runtime)
    : unconfigured(settings.failure, record, runtime);
  started = { service, app: createApp(service, runtime) };
  return started;
}
