// Calls an InfluxDB server the way its documentation says, over whatever carries a Request: a real fetch or the
// emulator's own. It reads every answer to the end and never judges it.

/** An answer that was read completely. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export interface CallDetails {
  /** Sent as a bearer token. */
  token?: string;
  /** Sent as JSON with its content type. */
  json?: unknown;
  /** Sent as it is, without a content type. */
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Permission {
  resource_type: string;
  resource_names: string[];
  actions: string[];
}

export type Caller = ReturnType<typeof createCaller>;

/** Creates a caller of the server at the origin. */
export function createCaller(send: (request: Request) => Promise<Response>, origin: string, adminToken: string) {
  async function call(method: string, path: string, details: CallDetails = {}): Promise<Answer> {
    const headers = new Headers(details.headers);
    if (details.token !== undefined) headers.set('authorization', `Bearer ${details.token}`);
    if (details.json !== undefined) headers.set('content-type', 'application/json');
    const text = details.json === undefined ? details.body : JSON.stringify(details.json);
    const init: RequestInit = { method, headers, redirect: 'manual' };
    if (text !== undefined) init.body = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    if (details.signal !== undefined) init.signal = details.signal;
    const response = await send(new Request(origin + path, init));
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  const asAdmin = (method: string, path: string, details: CallDetails = {}) =>
    call(method, path, { token: adminToken, ...details });

  return {
    call,
    asAdmin,

    create: (
      name: string,
      permissions: Permission[],
      expirySecs?: number | null,
      details: CallDetails = {},
    ): Promise<Answer> =>
      asAdmin('POST', '/api/v3/enterprise/configure/token', {
        json: { token_name: name, permissions, ...(expirySecs !== undefined && { expiry_secs: expirySecs }) },
        ...details,
      }),

    delete: (name: string): Promise<Answer> =>
      asAdmin('DELETE', `/api/v3/configure/token?token_name=${encodeURIComponent(name)}`),

    createDatabase: (db: string): Promise<Answer> => asAdmin('POST', '/api/v3/configure/database', { json: { db } }),

    dropDatabase: (db: string): Promise<Answer> =>
      asAdmin('DELETE', `/api/v3/configure/database?db=${encodeURIComponent(db)}`),

    query: (token: string, db: string, q: string, params?: Record<string, unknown>): Promise<Answer> =>
      call('POST', '/api/v3/query_sql', { token, json: { db, q, ...(params !== undefined && { params }) } }),

    writeV2: (token: string, db: string, lines: string): Promise<Answer> =>
      call('POST', `/api/v2/write?bucket=${encodeURIComponent(db)}&precision=ns`, { token, body: lines }),

    writeV3: (token: string, db: string, lines: string, options = ''): Promise<Answer> =>
      call('POST', `/api/v3/write_lp?db=${encodeURIComponent(db)}${options}`, { token, body: lines }),
  };
}
