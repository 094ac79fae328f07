// One store of the replay guard: claims of single-use tokens, kept until they have expired.
// It never holds a token, only its digest.

import { DurableObject } from 'cloudflare:workers';
import type { ClaimShard } from '../identity/replay-guard.ts';
import { runtime } from '../platform.ts';

/** How often expired claims are forgotten; a claim held longer than needed does no harm. */
const FORGET_EVERY_MS = 10 * 60_000;
/**
 * A token that another machine has just accepted as not expired must still find its claim; clocks and calls differ by far less than this.
 */
const MARGIN_SECONDS = 60;

export class ClaimShardObject extends DurableObject<Env> implements ClaimShard {
  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    state.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, until INTEGER NOT NULL, attempt TEXT NOT NULL) WITHOUT ROWID',
    );
  }

  async claim(key: string, until: number, attempt: string): Promise<boolean> {
    const { sql } = this.ctx.storage;
    const { rowsWritten } = sql.exec(
      'INSERT OR IGNORE INTO claims (key, until, attempt) VALUES (?, ?, ?)',
      key,
      until,
      attempt,
    );
    if (rowsWritten > 0 && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(runtime.now() + FORGET_EVERY_MS);
    }
    return rowsWritten > 0;
  }

  async release(key: string, attempt: string): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM claims WHERE key = ? AND attempt = ?', key, attempt);
  }

  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    sql.exec('DELETE FROM claims WHERE until < ?', Math.floor(runtime.now() / 1000) - MARGIN_SECONDS);
    const left = sql.exec<{ count: number }>('SELECT count(*) AS count FROM claims').one().count;
    if (left > 0) await this.ctx.storage.setAlarm(runtime.now() + FORGET_EVERY_MS);
  }
}
