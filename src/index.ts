// The Worker: what the platform calls, and which use case answers it.

import { createApp } from './app.ts';
import { record, runtime, settingsFrom, storesFrom } from './platform.ts';
import { createService, type Service, unconfigured } from './service.ts';
import { createUlid } from './ulid.ts';

export { ClaimShardObject } from './objects/claim-shard.ts';
export { PendingDeletionObject } from './objects/pending-deletion.ts';
export { SharedTokenObject } from './objects/shared-token.ts';

interface Started {
  readonly service: Service;
  readonly app: ReturnType<typeof createApp>;
}

let started: Started | null = null;

export default {
  fetch(request, env) {
    return start(env).app.fetch(request);
  },
  async scheduled({ scheduledTime }, env) {
    const { service } = start(env);
    await service.sweep({ id: createUlid(runtime), receivedAt: runtime.now() });
    // Once an hour, so that a warning is in the log even when nobody asks for readiness.
    if (new Date(scheduledTime).getUTCMinutes() === 0) await service.readiness();
  },
} satisfies ExportedHandler<Env>;

/** Once an isolate: settings and key sets are remembered as long as it lives. */
function start(env: Env): Started {
  if (started !== null) return started;
  const settings = settingsFrom(env);
  const service = settings.ok
    ? createService(settings.value, storesFrom(env), record, runtime)
    : unconfigured(settings.failure, record, runtime);
  started = { service, app: createApp(service, runtime) };
  return started;
}
