// Which headers an instance may have of its own, for what stands in front of its server, and what their values look like. No I/O.

/** RFC 9110 section 5.5, in ASCII: nothing that could end the header. */
export const HEADER_VALUE_FORM = /^[\x21-\x7e]+( [\x21-\x7e]+)*$/;

/** RFC 9110 section 5.6.2. */
const HEADER_NAME_FORM = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

/** What the service sends itself, what belongs to the connection, and what a server would take for somebody's session. */
const TAKEN =
  /^(authorization|host|cookie|set-cookie|user-agent|accept|accept-encoding|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|http2-settings|origin|referer|content-.*|proxy-.*|sec-.*|:.*)$/;

/** What is wrong with the name of a header, in words, or null. */
export function headerProblem(name: string): string | null {
  if (!HEADER_NAME_FORM.test(name)) return 'it is no name of a header';
  return TAKEN.test(name.toLowerCase()) ? 'the service sends it itself, or it belongs to the connection' : null;
}
