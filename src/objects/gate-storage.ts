// A Durable Object's own SQLite as the gate's code uses it.
// It never waits: what a statement wrote is durable before anything leaves the object.

import type { Column, GateStorage } from '../admission/gate/gate-storage.ts';

export function bindStorage(storage: DurableObjectStorage): GateStorage {
  const { sql } = storage;
  return {
    run: (statement, ...values) => sql.exec<Record<string, Column>>(statement, ...values).toArray(),
    transaction: (work) => storage.transactionSync(work),
    setAlarm: (at) => void storage.setAlarm(at),
    size: () => sql.databaseSize,
  };
}
