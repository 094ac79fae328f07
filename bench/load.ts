// The load: a fixed number of connections, each sending the next request as soon as the last is answered. The requests are text that was
// made beforehand, sent by bare sockets, because the load shares the machine with what is measured. An answer with another status than
// the expected one ends the run: a benchmark of failures is worth nothing.

import { connect, type Socket } from 'node:net';
import { type Answer, readAnswer } from './answer.ts';

const CONNECTIONS = 16;
const ANSWER_TIMEOUT_MS = 10_000;

export interface Shots {
  readonly label: string;
  readonly status: number;
  /** The next request, complete; null when there are no more, which ends the round early. */
  readonly next: () => string | null;
}

export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** One for each request, milliseconds, unsorted. */
  readonly latencies: readonly number[];
}

export interface Connections {
  readonly run: (shots: Shots, milliseconds: number) => Promise<Load>;
  readonly close: () => void;
}

/** Fresh for each round, because an idle connection is closed after some seconds; opening them is not part of the round. */
export async function openConnections(port: number): Promise<Connections> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  return {
    run: async (shots, milliseconds) => {
      const latencies: number[] = [];
      const start = performance.now();
      const drive = async (socket: Socket) => {
        for (let sentAt = start; sentAt - start < milliseconds; ) {
          const request = shots.next();
          if (request === null) break;
          check(await exchange(socket, request), shots);
          const answeredAt = performance.now();
          latencies.push(answeredAt - sentAt);
          sentAt = answeredAt;
        }
      };
      await Promise.all(sockets.map(drive));
      return { requests: latencies.length, seconds: (performance.now() - start) / 1000, latencies };
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One request on a connection of its own. */
export async function ask(port: number, shots: Shots): Promise<Answer> {
  const socket = await open(port);
  try {
    const answer = await exchange(socket, shots.next() ?? '');
    check(answer, shots);
    return answer;
  } finally {
    socket.destroy();
  }
}

function check(answer: Answer, { label, status }: Shots): void {
  if (answer.status === status) return;
  throw new Error(`${label} answered ${answer.status} in the place of ${status}: ${answer.body.slice(0, 500)}`);
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}

function exchange(socket: Socket, request: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let received: Buffer | null = null;
    const settle = (work: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners('data').removeAllListeners('error').removeAllListeners('close');
      work();
    };
    const fail = (error: Error) => settle(() => reject(error));
    const timer = setTimeout(() => fail(new Error('no answer in time')), ANSWER_TIMEOUT_MS);
    socket.on('data', (chunk) => {
      received = received === null ? chunk : Buffer.concat([received, chunk]);
      try {
        const answer = readAnswer(received);
        if (answer !== null) settle(() => resolve(answer));
      } catch (error) {
        fail(error as Error);
      }
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the connection was closed without an answer')));
    socket.write(request, 'latin1');
  });
}
