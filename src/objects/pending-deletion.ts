// Repeats one deletion until it is settled: see `influx/deletion.ts` for when that is.

import { DurableObject } from 'cloudflare:workers';
import { type Deletion, isSettled } from '../influx/deletion.ts';
import { runtime, settingsFrom } from '../platform.ts';
import { createClients } from '../service.ts';

/** By then every token has expired long since, and the sweep has taken over. */
const MAX_ATTEMPTS = 200;

interface Job {
  readonly deletion: Deletion;
  readonly attempts: number;
}

export class PendingDeletionObject extends DurableObject<Env> {
  async schedule(deletion: Deletion): Promise<void> {
    await this.ctx.storage.put<Job>('job', { deletion, attempts: 0 });
    await this.ctx.storage.setAlarm(runtime.now() + deletion.pause);
  }

  override async alarm(): Promise<void> {
    const job = await this.ctx.storage.get<Job>('job');
    if (job === undefined) return;
    const { deletion, attempts } = job;
    const settings = settingsFrom(this.env);
    const client = settings.ok ? createClients(settings.value, runtime).get(deletion.instance) : undefined;
    const outcome = (await client?.deleteToken(deletion.name)) ?? 'failed';
    if (isSettled(deletion, outcome, runtime.now()) || attempts >= MAX_ATTEMPTS) {
      await this.ctx.storage.deleteAll();
      return;
    }
    await this.ctx.storage.put<Job>('job', { deletion, attempts: attempts + 1 });
    await this.ctx.storage.setAlarm(runtime.now() + deletion.pause);
  }
}
