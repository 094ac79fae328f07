// Faults that tests inject between the caller and the server: answers that never come, come late, come broken, or come
// instead of the real one. Whether the change was committed is part of each fault, because that is what a caller cannot
// know. It never touches the server's state itself.
import { ConnectionReset } from './listen.ts';

/** What a request is for. */
export type Operation = 'create' | 'delete' | 'list' | 'query' | 'write' | 'database' | 'probe' | 'other';

export type Fault =
  /** Answered instead of the server; nothing is committed. */
  | { kind: 'status'; status: number; body?: string; contentType?: string }
  /** Committed, then the connection breaks. */
  | { kind: 'lost' }
  /** The connection breaks before anything is committed. */
  | { kind: 'reset' }
  /** Committed at once, answered late. */
  | { kind: 'slow'; ms: number }
  /** Committed, headers at once, the body in pieces over the time given. */
  | { kind: 'slow-body'; ms: number }
  /** Never answers: ends when the caller gives up, or with a broken connection after a safety bound. */
  | { kind: 'hang' }
  /** Committed, then answered with something else. */
  | { kind: 'rewrite'; response: (response: Response) => Response | Promise<Response> };

export interface Faults {
  /** The next matching requests, before any standing fault. */
  next(match: Operation | 'any', fault: Fault, times?: number): void;
  /** Every matching request until clear(). */
  always(match: Operation | 'any', fault: Fault): void;
  clear(): void;
}

const HANG_BOUND_MS = 30_000;
const BODY_PIECES = 5;

/** Creates a set of faults in which nothing is due yet. */
export function createFaults(): Faults & {
  /** Runs the answer through the fault that is due, if any. */
  apply(operation: Operation, answer: () => Response, signal: AbortSignal): Promise<Response>;
} {
  let due: { match: Operation | 'any'; fault: Fault; times: number }[] = [];
  let standing: { match: Operation | 'any'; fault: Fault }[] = [];

  function take(operation: Operation): Fault | undefined {
    const matches = ({ match }: { match: Operation | 'any' }) => match === 'any' || match === operation;
    const found = due.find(matches);
    if (found === undefined) return standing.find(matches)?.fault;
    found.times -= 1;
    due = due.filter(({ times }) => times > 0);
    return found.fault;
  }

  return {
    next(match, fault, times = 1) {
      if (times > 0) due.push({ match, fault, times });
    },
    always(match, fault) {
      standing.push({ match, fault });
    },
    clear() {
      due = [];
      standing = [];
    },
    async apply(operation, answer, signal) {
      const fault = take(operation);
      switch (fault?.kind) {
        case undefined:
          return answer();
        case 'status':
          return statusAnswer(fault);
        case 'reset':
          throw new ConnectionReset();
        case 'lost':
          answer();
          throw new ConnectionReset();
        case 'slow': {
          const response = answer();
          await delay(fault.ms, signal);
          return response;
        }
        case 'slow-body':
          return trickle(answer(), fault.ms, signal);
        case 'hang':
          await delay(HANG_BOUND_MS, signal);
          throw new ConnectionReset();
        case 'rewrite':
          return fault.response(answer());
      }
    },
  };
}

function statusAnswer({ status, body, contentType }: Extract<Fault, { kind: 'status' }>): Response {
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
  return new Response(body === undefined ? null : new TextEncoder().encode(body), { status, headers });
}

/** Resolves after the delay; rejects with the signal's reason when the caller gives up, as a real fetch does. */
function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const giveUp = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    }, ms);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

async function trickle(response: Response, ms: number, signal: AbortSignal): Promise<Response> {
  if (response.body === null) return response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const size = Math.max(1, Math.ceil(bytes.length / BODY_PIECES));
  const pieces = Math.max(1, Math.ceil(bytes.length / size));
  let offset = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await delay(ms / pieces, signal);
      controller.enqueue(bytes.subarray(offset, offset + size));
      offset += size;
      if (offset >= bytes.length) controller.close();
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}
