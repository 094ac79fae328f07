// The policy of the simulated service: a single node and a cluster, tokens of one's own and shared ones, subject tokens for single use and
// others, rules with a limit and without. Its tokens live briefly, so that a schedule sees them end; its cluster is slow, so that a name may be asked for before every node has
// heard of it.

import type { CompiledPolicy } from '../../src/policy/language/compiled.ts';

export const POLICY = `
audience: https://sts.example.com
issuers:
  ci: { issuer: "https://ci.example.com", single_use: true }
  backend: { issuer: "https://login.example.com" }
instances:
  main: { url: "https://main.example.com", admin_token: INFLUXDB3_MAIN }
  cluster: { url: "https://cluster.example.com", admin_token: INFLUXDB3_CLUSTER, sync_interval: 90s }
rules:
  - { name: ci-own, issuer: ci, when: { job: own }, allow: ["db:metrics:write"], ttl: 5m, instance: cluster, limit: { live: 2 } }
  - { name: ci-main, issuer: ci, when: { job: main }, allow: ["db:metrics:write"], ttl: 6m, instance: main }
  - { name: ci-shared, issuer: ci, when: { job: shared }, allow: ["db:metrics:read"], ttl: 5m, share: true, instance: cluster }
  - { name: own, issuer: backend, when: { job: own }, allow: ["db:metrics:write"], ttl: 5m, instance: main, limit: { vends: 3, per: 2m } }
  - { name: shared, issuer: backend, when: { job: shared }, allow: ["db:metrics:read"], ttl: 2m, share: true, instance: main }
`;

/** Of the Worker that runs, and of the one that is being rolled out. */
export type Policies = readonly [CompiledPolicy, CompiledPolicy];

export const JOBS = { ci: ['own', 'main', 'shared'], backend: ['own', 'shared'] } as const;
