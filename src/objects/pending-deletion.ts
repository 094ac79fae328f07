// Repeats one deletion until it is settled: `influx/deletion.ts` says when that is.
// It holds a name, and never a token.

import { DurableObject } from 'cloudflare:workers';
import { type Deletion, isSettled, pauseBeforeNext } from '../influx/deletion.ts';
import { runtime, settingsFrom } from '../platform.ts';
import { createClients } from '../service/service.ts';

interface Job {
  readonly deletion: Deletion;
  /** Milliseconds since the epoch. */
  readonly keptAt: number;
}

export class PendingDeletionObject extends DurableObject<Env> {
  async schedule(deletion: Deletion): Promise<void> {
    await this.ctx.storage.put<Job>('job', { deletion, keptAt: runtime.now() });
    await this.ctx.storage.setAlarm(runtime.now() + deletion.pause);
  }

  override async alarm(): Promise<void> {
    const job = await this.ctx.storage.get<Job>('job');
    if (job === undefined) return;
    const { deletion, keptAt } = job;
    const settings = settingsFrom(this.env);
    const client = settings.ok ? createClients(settings.value, runtime).get(deletion.instance) : undefined;
    const outcome = client?.url === deletion.url ? await client.deleteToken(deletion.name) : 'failed';
    const pause = pauseBeforeNext(deletion, keptAt, runtime.now());
    if (isSettled(deletion, outcome, runtime.now()) || pause === null) await this.ctx.storage.deleteAll();
    else await this.ctx.storage.setAlarm(runtime.now() + pause);
  }
}
