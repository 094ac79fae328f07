// Where the demo listens, on this machine's loopback interface only. It never looks whether a port is free.

import { parseArgs } from 'node:util';

/** 0: any free port. */
export interface Ports {
  readonly service: number;
  readonly influx: number;
  readonly issuer: number;
}

/** Those of `npm start` if nobody says otherwise; demo/policy.yaml and the README name them. */
export const FIXED_PORTS: Ports = { service: 8787, influx: 8181, issuer: 9000 };
export const FREE_PORTS: Ports = { service: 0, influx: 0, issuer: 0 };

/** What follows `npm start --` asks for; null where it asks for nothing that can be. */
export function portsOf(args: string[]): Ports | null {
  try {
    const { ports } = parseArgs({ args, options: { ports: { type: 'string' } } }).values;
    if (ports === undefined) return FIXED_PORTS;
    const [, ...numbers] = /^(\d{1,5}),(\d{1,5}),(\d{1,5})$/.exec(ports) ?? [];
    const [service, influx, issuer] = numbers.map(Number);
    if (service === undefined || influx === undefined || issuer === undefined) return null;
    return Math.max(service, influx, issuer) > 65_535 ? null : { service, influx, issuer };
  } catch {
    return null;
  }
}
