// The three write endpoints: /api/v3/write_lp, /api/v2/write and the v1 /write. They share the rules and differ in the
// shape of their refusals and in whether the good lines of a bad body are kept. A missing database is created by the
// first line that is written to it. It never checks a schema.
import { gunzipSync } from 'node:zlib';
import { forbidden, mayUseDatabase, type Routes, type Server } from './influxdb-authentication.ts';
import type { Token } from './influxdb-catalog.ts';
import {
  bodyText,
  bodyTooLarge,
  type Call,
  jsonRefusal,
  MAX_BODY_BYTES,
  missingParameter,
  Refusal,
  reply,
  requireDatabaseName,
} from './influxdb-http.ts';
import { type LineError, type Point, type Precision, parseLineProtocol } from './influxdb-line-protocol.ts';

export type PointStore = ReturnType<typeof createPointStore>;

/** Points by database id, in the order of their arrival. */
export function createPointStore() {
  const points = new Map<number, Point[]>();
  return {
    of: (database: number): readonly Point[] => points.get(database) ?? [],
    add(database: number, added: Point[]): void {
      const existing = points.get(database);
      if (existing === undefined) points.set(database, added);
      else for (const point of added) existing.push(point);
    },
  };
}

interface WriteParameters {
  db: string;
  precision: Precision;
  acceptPartial: boolean;
}

const PRECISIONS = new Map<string, Precision>([
  ['auto', 'auto'],
  ...['second', 's'].map((name): [string, Precision] => [name, 'second']),
  ...['millisecond', 'ms'].map((name): [string, Precision] => [name, 'millisecond']),
  ...['microsecond', 'us', 'u'].map((name): [string, Precision] => [name, 'microsecond']),
  ...['nanosecond', 'ns', 'n'].map((name): [string, Precision] => [name, 'nanosecond']),
]);

const V2_CODES: Record<number, string> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  413: 'request too large',
};

/** Routes of the write endpoints. */
export function writeEndpoints(server: Server, store: PointStore): Routes {
  const { catalog, version } = server;

  /** Writes what may be written and returns the lines that were not. */
  function write(call: Call, token: Token | null, { db, precision, acceptPartial }: WriteParameters): LineError[] {
    requireDatabaseName(db);
    if (!mayUseDatabase(server, call, token, db, 'write')) throw forbidden(server, 'handler');
    const text = decodedBody(call);
    if (text === '') throw new Refusal(400, 'incoming write was empty');
    if (catalog.database(db, call.node)?.softDeleted) {
      throw jsonRefusal(400, `cannot write to soft-deleted database '${db}' - it is marked for deletion`);
    }
    const { points, errors } = parseLineProtocol(text, precision, BigInt(server.now()) * 1_000_000n);
    if (points.length > 0 && (acceptPartial || errors.length === 0)) {
      store.add(catalog.addDatabase(call.node, db).id, points);
    }
    return errors;
  }

  function writeV3(call: Call, token: Token | null): Response {
    const errors = write(call, token, v3Parameters(call.url));
    if (errors.length === 0) return reply(204, null);
    const data = errors.map(({ message, lineNumber, line }) => ({
      error_message: message,
      line_number: lineNumber,
      original_line: firstBytes(line, 20),
    }));
    if (acceptsPartial(call.url)) throw jsonRefusal(400, 'partial write of line protocol occurred', data);
    throw jsonRefusal(
      400,
      version.catalogV3 ? 'line protocol parsing error' : 'parsing failed for write_lp endpoint',
      data[0],
    );
  }

  function writeV2(call: Call, token: Token | null): Response {
    try {
      const db = call.url.searchParams.get('bucket');
      if (db === null || db === '') throw new Refusal(400, 'no org/bucket destination provided');
      const precision = precisionOf(call.url, 'nanosecond');
      refuseBadLine(write(call, token, { db, precision, acceptPartial: false }));
      return reply(204, null);
    } catch (error) {
      throw error instanceof Refusal ? v2Refusal(error) : error;
    }
  }

  function v2Refusal({ status, message }: Refusal): Refusal {
    if (status !== 403) return v2Body(status, message);
    return version.forbiddenOnV2Write
      ? v2Body(403, `Authorization error: ${message}`)
      : v2Body(401, 'unauthorized access');
  }

  function writeV1(call: Call, token: Token | null): Response {
    try {
      const { searchParams } = call.url;
      const name = searchParams.get('db');
      if (name === null || name === '') throw new Refusal(400, 'no db destination provided');
      const policy = searchParams.get('rp') ?? '';
      const db = ['', 'autogen', 'default'].includes(policy) ? name : `${name}/${policy}`;
      const precision = precisionOf(call.url, 'nanosecond');
      refuseBadLine(write(call, token, { db, precision, acceptPartial: false }));
      return reply(204, null);
    } catch (error) {
      if (error instanceof Refusal && error.status !== 403) throw jsonRefusal(error.status, error.message);
      throw error;
    }
  }

  return { 'POST /api/v3/write_lp': writeV3, 'POST /api/v2/write': writeV2, 'POST /write': writeV1 };
}

function v2Body(status: number, message: string): Refusal {
  return new Refusal(status, message, JSON.stringify({ code: V2_CODES[status] ?? 'internal error', message }));
}

function refuseBadLine([bad]: LineError[]): void {
  if (bad === undefined) return;
  throw new Refusal(400, `write buffer error: line protocol parse failed: ${bad.message} on line ${bad.lineNumber}`);
}

function v3Parameters(url: URL): WriteParameters {
  if (url.search.length <= 1) throw new Refusal(400, "missing query parameter 'db'");
  const db = url.searchParams.get('db');
  if (db === null) throw missingParameter('db');
  return { db, precision: precisionOf(url, 'auto'), acceptPartial: acceptsPartial(url) };
}

function acceptsPartial(url: URL): boolean {
  const value = url.searchParams.get('accept_partial') ?? 'true';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new Refusal(400, 'serde error: provided string was not `true` or `false`');
}

function precisionOf(url: URL, byDefault: Precision): Precision {
  const name = url.searchParams.get('precision');
  if (name === null) return byDefault;
  const precision = PRECISIONS.get(name);
  if (precision !== undefined) return precision;
  const expected = [...new Set(PRECISIONS.values())].map((known) => `\`${known}\``).join(', ');
  throw new Refusal(400, `serde error: unknown variant \`${name}\`, expected one of ${expected}`);
}

function decodedBody(call: Call): string {
  const encoding = call.headers.get('content-encoding') ?? 'identity';
  if (encoding === 'identity') return bodyText(call.body);
  if (encoding !== 'gzip') throw new Refusal(400, `unacceptable content-encoding: ${encoding}`);
  if (call.body.byteLength > MAX_BODY_BYTES) throw bodyTooLarge();
  try {
    return bodyText(new Uint8Array(gunzipSync(call.body, { maxOutputLength: MAX_BODY_BYTES })));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge();
    throw new Refusal(400, 'error decoding gzip stream');
  }
}

/** Cuts a string to a number of bytes without splitting a character. */
function firstBytes(text: string, limit: number): string {
  const bytes = new TextEncoder().encode(text);
  let end = Math.min(limit, bytes.length);
  while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
