// The Worker: what the platform calls, and which use case answers.
// It never holds logic of its own.

import { createUlid } from './foundation/ulid.ts';
import { runtime } from './platform.ts';
import { start } from './start.ts';

export { GateObject } from './objects/gate.ts';
export { LimitObject } from './objects/limit.ts';
export { PendingDeletionObject } from './objects/pending-deletion.ts';
export { SharedTokenObject } from './objects/shared-token.ts';
export { SwitchboardObject } from './objects/switchboard.ts';
export { TokenService } from './rpc/token-service.ts';

export default {
  fetch(request, env) {
    return start(env).app.fetch(request);
  },
  async scheduled({ scheduledTime }, env) {
    const { service } = start(env);
    const receipt = () => ({ id: createUlid(runtime), receivedAt: runtime.now() });
    await service.sweep(receipt());
    await service.noteKeys(receipt());
    // Once an hour, so that the log holds a warning even when nobody calls `/readyz`.
    if (new Date(scheduledTime).getUTCMinutes() === 0) await service.readiness();
  },
} satisfies ExportedHandler<Env>;
