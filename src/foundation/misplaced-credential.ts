// Recognises a credential that was given in place of a name, or on a command line, where it would end up in logs. It looks only at a text's
// form, and never says whether the credential is valid.

export type CredentialKind = 'database token' | 'lease' | 'subject token';

/** Names hold no underscore, so it is enough that the text contains one of these. */
const FORMS: readonly (readonly [CredentialKind, RegExp])[] = [
  ['database token', /apiv3_/i],
  ['lease', /stsl_/i],
  // Header and payload of a JWT (RFC 7515): each begins with `{"`.
  ['subject token', /eyJ[\w-]+\.eyJ[\w-]+/],
];

/** The kind of credential in a text that should be a token's name, even when it is quoted, encoded or cut; null when there is none. */
export function credentialIn(text: string): CredentialKind | null {
  const plain = decode(text);
  return FORMS.find(([, form]) => form.test(plain))?.[0] ?? null;
}

/** Long enough to be a token: a file may be called `apiv3_tests.json`. */
const TOKEN = /apiv3_[\w-]{20}|eyJ[\w-]+\.eyJ[\w-]+/i;

/** Whether a word of a command line holds a token, which other processes can read there. */
export function holdsToken(word: string): boolean {
  return TOKEN.test(decode(word));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
