// A credential that a caller put into an address in place of a token's name: by now it is in the logs of every proxy on the way. It looks
// only at the text's form, and never repeats any of it.

export type Misplaced = 'database_token' | 'lease' | 'subject_token';

/** None of our names holds an underscore, so the text around it does not matter. */
export function misplacedCredential(text: string): Misplaced | null {
  if (text.includes('apiv3_')) return 'database_token';
  if (text.includes('stsl_')) return 'lease';
  // RFC 7515: header and payload are JSON objects in base64url, and these begin with `{"`.
  return /^eyJ[\w-]+\.eyJ/.test(text) ? 'subject_token' : null;
}

const SEEN = 'It has now been in an address, which logs and proxies keep:';
const FORM = 'POST /oauth/revoke, as "token" in a form and never in the address.';

export const MISPLACED: Readonly<Record<Misplaced, string>> = {
  database_token: `This is a database token and not the name of one. ${SEEN} revoke it, by ${FORM}`,
  lease: `This is a lease and not the name of a token. ${SEEN} revoke its token, by ${FORM}`,
  subject_token: `This is a subject token and not the name of a database token. ${SEEN} let nobody use it until it ends. GET /v1/tokens gives the names.`,
};
