// The endpoints by which a server is watched. All need a token unless the server was told otherwise.
// They never report anything about the emulator's own state.
import { randomBytes, randomUUID } from 'node:crypto';
import { type Routes, requireSystem, type Server } from './influxdb-authentication.ts';
import { reply } from './influxdb-http.ts';

/** Routes of /health, /ping, /metrics and, in Enterprise, /ready. */
export function probeEndpoints(server: Server): Routes {
  const enterprise = server.edition === 'enterprise';
  const processId = randomUUID();
  const revision = randomBytes(5).toString('hex');
  const probe =
    (resource: string, answer: () => Response): Routes[string] =>
    (_call, token) => {
      requireSystem(server, token, resource);
      return answer();
    };

  function ping(): Response {
    const id = uuidV7(server.now());
    const body = {
      product_name: enterprise ? 'InfluxDB 3 Enterprise' : 'InfluxDB 3 Core',
      version: server.version.text,
      revision,
      process_id: processId,
    };
    return reply(200, JSON.stringify(body), {
      'content-type': 'application/json',
      'request-id': id,
      'x-request-id': id,
      'x-influxdb-build': enterprise ? 'Enterprise' : 'Core',
      'x-influxdb-version': server.version.text,
    });
  }

  const ok = () => reply(200, 'OK', { 'content-type': 'text/plain; charset=utf-8' });
  const metrics = () => reply(200, '# EOF\n', { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  return {
    'GET /health': probe('health', ok),
    'GET /api/v1/health': probe('health', ok),
    'GET /ping': probe('ping', ping),
    'POST /ping': probe('ping', ping),
    'GET /metrics': probe('metrics', metrics),
    ...(enterprise && { 'GET /ready': probe('ready', ok) }),
  };
}

function uuidV7(millis: number): string {
  const hex = BigInt(millis).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
}
