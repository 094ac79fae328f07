// What is asked of each contender: the requests, whose tokens they carry, and the status that must come back.

import type { Answer } from './answer.ts';
import { BODIES, type Callers, type Pool, type PoolName, SHARED_BODIES } from './callers.ts';
import type { ContenderName } from './contenders.ts';
import type { Shots } from './load.ts';

export interface Case extends Shots {
  readonly contender: ContenderName;
  /** Makes so many further requests possible. */
  readonly ensure: (requests: number) => Promise<void>;
}

/** Of tokens that may be sent again. */
const RECURRING = 2_000;

interface CaseOptions {
  readonly contender: ContenderName;
  readonly pool: PoolName;
  readonly status: number;
  readonly method?: string;
  readonly path: string;
  /** Each token is accepted once. */
  readonly once?: boolean;
}

/** By label: the contender, a dot, and what it is asked. */
const CASES: Readonly<Record<string, CaseOptions>> = {
  'floor.vend': { contender: 'floor', pool: 'vend', status: 201, path: '/vend' },
  'floor.refuse': { contender: 'floor', pool: 'stranger', status: 403, path: '/refuse' },
  'durable.vend': { contender: 'durable', pool: 'vend', status: 201, path: '/vend', once: true },
  'durable.vend_5ms': { contender: 'durable', pool: 'slow', status: 201, path: '/slow', once: true },
  'tutorial.vend': { contender: 'tutorial', pool: 'vend', status: 201, path: '/vend' },
  'tutorial.refuse': { contender: 'tutorial', pool: 'stranger', status: 403, path: '/refuse' },
  'node.vend': { contender: 'node', pool: 'vend', status: 201, path: '/vend' },
  'stubbed.vend': { contender: 'stubbed', pool: 'vend', status: 201, path: '/v1/tokens' },
  'ours.vend': { contender: 'ours', pool: 'vend', status: 201, path: '/v1/tokens', once: true },
  'ours.vend_5ms': { contender: 'ours', pool: 'slow', status: 201, path: '/v1/tokens', once: true },
  'ours.shared': { contender: 'ours', pool: 'shared', status: 201, path: '/v1/tokens', once: true },
  'ours.refuse': { contender: 'ours', pool: 'stranger', status: 403, path: '/v1/tokens' },
  'ours.bad_signature': { contender: 'ours', pool: 'forged', status: 401, path: '/v1/tokens' },
  'ours.unknown_issuer': { contender: 'ours', pool: 'unknown', status: 401, path: '/v1/tokens' },
  'ours.explain': { contender: 'ours', pool: 'vend', status: 200, path: '/v1/explain' },
  'ours.list': { contender: 'ours', pool: 'vend', status: 200, method: 'GET', path: '/v1/tokens' },
};

/** Needs leases first: `createRevocation`. */
export const REVOCATION = 'ours.revoke';
export const LABELS: readonly string[] = [...Object.keys(CASES), REVOCATION];

/** @param label one of them, but not the revocation. A case begins with the first token, so it belongs to one process. */
export function createCase(label: string, { pools }: Callers): Case {
  const { contender, pool, status, method = 'POST', path, once = false } = CASES[label]!;
  const tokens: Pool = pools[pool];
  const bodies = pool === 'shared' ? SHARED_BODIES : BODIES;
  let next = 0;
  return {
    label,
    status,
    contender,
    ensure: (requests) => tokens.ensure(once ? next + requests : Math.min(requests, RECURRING)),
    next: () => {
      if (once && next >= tokens.size()) return null;
      const at = next++;
      const token = tokens.at(at % tokens.size());
      return requestText(method, path, token, method === 'GET' ? '' : bodies[at % bodies.length]!);
    },
  };
}

/** @param answers of vends by the same process; a token is revoked again and again, because the upstream keeps none. */
export function createRevocation(answers: readonly Answer[]): Case {
  const requests = answers.map(({ body }) => {
    const { name, lease } = JSON.parse(body) as { name: string; lease: string };
    return requestText('DELETE', `/v1/tokens/${name}`, lease, '');
  });
  let next = 0;
  return {
    label: REVOCATION,
    status: 204,
    contender: 'ours',
    ensure: async () => {},
    next: () => requests[next++ % requests.length]!,
  };
}

/** With the headers that a command-line client sends, and the one that the platform adds. */
function requestText(method: string, path: string, token: string, body: string): string {
  const content = body === '' ? '' : `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  return (
    `${method} ${path} HTTP/1.1\r\nhost: sts.example.com\r\nuser-agent: curl/8.14.1\r\naccept: */*\r\n` +
    `cf-connecting-ip: 203.0.113.7\r\nauthorization: Bearer ${token}\r\n${content}\r\n${body}`
  );
}
