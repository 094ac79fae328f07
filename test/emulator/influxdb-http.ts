// The vocabulary of the emulator's HTTP layer: a received call, an answer, and a refusal.
// Bodies are always built from bytes, because InfluxDB sends its errors without a Content-Type and a string body would
// make the platform add one. It never decides anything about tokens, databases or data.

/** A request that was read completely. */
export interface Call {
  method: string;
  url: URL;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
  /** Index of the node that received it. */
  node: number;
}

/** InfluxDB reads at most this many bytes of a body, before and after decompression. */
export const MAX_BODY_BYTES = 10_485_760;

/** An answer with exactly the headers given. */
export function reply(status: number, body: string | null, headers: Record<string, string> = {}): Response {
  return new Response(body === null ? null : new TextEncoder().encode(body), { status, headers });
}

/** A refusal thrown anywhere below the router; `message` is the bare text, `body` what goes over the wire. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: string | null;
  constructor(status: number, message: string, body: string | null = message) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** Refusal in the compact form {"error":…} that the write and query endpoints use. */
export function jsonRefusal(status: number, message: string, data?: unknown): Refusal {
  return new Refusal(status, message, JSON.stringify({ error: message, ...(data !== undefined && { data }) }));
}

/** Refusal of a query string that lacks a required parameter. */
export function missingParameter(name: string): Refusal {
  return new Refusal(400, `serde error: missing field \`${name}\``);
}

/** The body as text. */
export function bodyText(body: Uint8Array<ArrayBuffer>): string {
  if (body.byteLength > MAX_BODY_BYTES) throw bodyTooLarge();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new Refusal(400, 'body content is not valid utf8');
  }
}

/** Refusal of a body above the limit. */
export function bodyTooLarge(): Refusal {
  return new Refusal(413, `max request size (${MAX_BODY_BYTES} bytes) exceeded`);
}

/** Refuses a body that does not declare itself as JSON. */
export function requireJsonContentType(headers: Headers): void {
  const type = /^application\/([^\s;]+)\s*(;|$)/i.exec(headers.get('content-type') ?? '')?.[1]?.toLowerCase();
  if (type === undefined || !(type === 'json' || type.endsWith('+json'))) {
    throw new Refusal(415, 'unacceptable content-type, expected: application/json');
  }
}

const NAME_RULES =
  'invalid character in database or rp name: must be ASCII, containing only letters, numbers, underscores, or hyphens';

/** Refuses a database name that the HTTP layer does not let through (lookups by token permissions have no such rule). */
export function requireDatabaseName(name: string): void {
  if (name === '') throw jsonRefusal(400, 'db name cannot be empty');
  if (new TextEncoder().encode(name).byteLength > 511) throw jsonRefusal(400, 'db name too long: max 511');
  if (!/^[A-Za-z0-9]/.test(name)) throw jsonRefusal(400, 'db name did not start with a number or letter');
  if (!/^[A-Za-z0-9_/-]*$/.test(name)) throw jsonRefusal(400, NAME_RULES);
  if (!/^[^/]+(\/[^/]+)?$/.test(name)) {
    throw jsonRefusal(
      400,
      "db name with invalid retention policy, if providing a retention policy name, must be of form '<db_name>/<rp_name>'",
    );
  }
}
