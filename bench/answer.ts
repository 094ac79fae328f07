// Finds the end of an HTTP/1.1 answer in what a connection has received. Enough for the servers that are measured: a length, chunks, or no
// body. It never keeps anything between calls.

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/** Null while the answer is not complete. */
export function readAnswer(received: Buffer): Answer | null {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = received.toString('latin1', 0, headEnd);
  const status = Number(head.slice(9, 12));
  const start = headEnd + HEAD_END.length;
  if (status === 204) return { status, body: '' };
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (length === undefined) {
    const body = readChunks(received, start);
    return body === null ? null : { status, body };
  }
  const end = start + Number(length);
  return received.length < end ? null : { status, body: received.toString('utf8', start, end) };
}

/** RFC 9112, section 7.1; without extensions and trailers, which none of the servers sends. */
function readChunks(received: Buffer, start: number): string | null {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = received.indexOf(LINE_END, at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('an answer with neither a length nor chunks');
    const data = lineEnd + LINE_END.length;
    at = data + size + LINE_END.length;
    if (received.length < at) return null;
    if (size === 0) return Buffer.concat(parts).toString('utf8');
    parts.push(received.subarray(data, data + size));
  }
}
