// What a CI job does in the demo, the way a real program would: over HTTP, with the official InfluxDB client. No call
// is ever unbounded.

import { HttpError, InfluxDBClient, setLogger } from '@influxdata/influxdb3-client';
import type { Job } from './jobs.ts';
import type { Stack } from './stack.ts';

const CALL_TIMEOUT_MS = 10_000;
/** The service answers a switch after 15 s at the latest. */
const SWITCH_TIMEOUT_MS = 20_000;

// Otherwise the client would print the refusals, which the demo expects.
setLogger({ error: () => {}, warn: () => {} });

export interface Vended {
  readonly token: string;
  readonly lease: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly expires_in: number;
  readonly rule: string;
}

export interface Problem {
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
}

export interface Caller {
  /** The subject token that the issuer gives to a job. */
  readonly subjectToken: (job: Job) => Promise<string>;
  /** Throws when it is refused. */
  readonly vend: (subjectToken: string, body?: unknown) => Promise<Vended>;
  /** Throws when it is not refused. */
  readonly expectProblem: (subjectToken: string, body?: unknown) => Promise<Problem>;
  /** Switches a rule off, and has the tokens revoked that it gave. Throws unless that is in force. */
  readonly switchOff: (operatorToken: string, rule: string, why: string) => Promise<void>;
  /** The status. */
  readonly revoke: (name: string, lease: string) => Promise<number>;
  /** "accepted", or "refused with" the status. */
  readonly write: (token: string, database: string, lines: readonly string[]) => Promise<string>;
  readonly query: (token: string, database: string, sql: string) => Promise<Record<string, unknown>[]>;
}

export function createCaller({ serviceUrl, influxUrl, issuerUrl }: Stack): Caller {
  async function ask(subjectToken: string, body: unknown): Promise<Response> {
    return fetch(`${serviceUrl}/v1/tokens`, post(subjectToken, body));
  }

  return {
    subjectToken: async (job) => {
      const response = await fetch(`${issuerUrl}/sign/${job}`, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      return (await response.text()).trim();
    },

    vend: async (subjectToken, body = {}) => {
      const response = await ask(subjectToken, body);
      if (response.status !== 201) throw new Error(`no token was vended: ${await response.text()}`);
      return (await response.json()) as Vended;
    },

    expectProblem: async (subjectToken, body = {}) => {
      const response = await ask(subjectToken, body);
      if (response.ok) throw new Error(`the request should be refused, and was answered with ${response.status}`);
      return (await response.json()) as Problem;
    },

    switchOff: async (operatorToken, rule, why) => {
      const body = { target: { kind: 'rule', name: rule }, why, for: '2h', revoke: true };
      const response = await fetch(`${serviceUrl}/v1/switches`, post(operatorToken, body, SWITCH_TIMEOUT_MS));
      if (response.status !== 200) throw new Error(`the switch is not in force: ${await response.text()}`);
    },

    revoke: async (name, lease) => {
      const response = await fetch(`${serviceUrl}/v1/tokens/${name}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${lease}` },
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      return response.status;
    },

    write: async (token, database, lines) => {
      const client = new InfluxDBClient({ host: influxUrl, token, database, writeTimeout: CALL_TIMEOUT_MS });
      try {
        await client.write([...lines]);
        return 'accepted';
      } catch (error) {
        if (error instanceof HttpError) return `refused with ${error.statusCode}`;
        throw error;
      } finally {
        await client.close();
      }
    },

    // Over HTTP: the client's own queries are gRPC, which the emulator does not speak.
    query: async (token, database, sql) => {
      const body = { db: database, q: sql, format: 'json' };
      const response = await fetch(`${influxUrl}/api/v3/query_sql`, post(token, body));
      if (response.status !== 200) throw new Error(`the query was answered with ${response.status}`);
      return (await response.json()) as Record<string, unknown>[];
    },
  };
}

function post(bearer: string, body: unknown, timeoutMs = CALL_TIMEOUT_MS): RequestInit {
  return {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  };
}
