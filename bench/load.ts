// The load: a fixed number of keep-alive connections, each sending the next request as soon as the last is answered, for a fixed time. An
// answer with an unexpected status ends the run, because a benchmark of failures is worth nothing.

import { Agent, request } from 'node:http';

const CONNECTIONS = 16;
const REQUEST_TIMEOUT_MS = 5_000;

export interface Target {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly expectedStatus: number;
}

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** One per request, milliseconds, unsorted. */
  readonly latencies: readonly number[];
}

export interface LoadGenerator {
  readonly run: (target: Target, durationMs: number) => Promise<Load>;
  readonly close: () => void;
}

/** @param tokens sent in turn. */
export function createLoadGenerator(tokens: readonly string[]): LoadGenerator {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let next = 0;

  function once(target: Target): Promise<void> {
    const token = tokens[next++ % tokens.length]!;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          host: '127.0.0.1',
          port: target.port,
          path: target.path,
          method: 'POST',
          timeout: REQUEST_TIMEOUT_MS,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            'content-length': target.body.length,
          },
        },
        (answer) => {
          const seen: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => seen.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode === target.expectedStatus) resolve();
            else reject(new Error(`${target.path} answered ${answer.statusCode}: ${Buffer.concat(seen).toString()}`));
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${target.path} did not answer in time`)));
      outgoing.on('error', reject);
      outgoing.end(target.body);
    });
  }

  return {
    run: async (target, durationMs) => {
      const latencies: number[] = [];
      const start = performance.now();
      const connection = async () => {
        for (let sentAt = performance.now(); sentAt - start < durationMs; ) {
          await once(target);
          const answeredAt = performance.now();
          latencies.push(answeredAt - sentAt);
          sentAt = answeredAt;
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, connection));
      return { requests: latencies.length, seconds: (performance.now() - start) / 1000, latencies };
    },
    close: () => agent.destroy(),
  };
}
