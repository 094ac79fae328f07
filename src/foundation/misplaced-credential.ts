// Tells a credential that was given where a name belongs, or on a command line: what stands there ends up in logs. It reads a text's form
// alone, and says nothing of whether the credential is good.

export type CredentialKind = 'database token' | 'lease' | 'subject token';

/** Names hold no underscore, so it is enough that one of these stands in the text. */
const FORMS: readonly (readonly [CredentialKind, RegExp])[] = [
  ['database token', /apiv3_/i],
  ['lease', /stsl_/i],
  // Header and payload of a JWT (RFC 7515): each begins with `{"`.
  ['subject token', /eyJ[\w-]+\.eyJ[\w-]+/],
];

/** What stands in the text in the place of a token's name, also when it is quoted, encoded or cut; null when it is no credential. */
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
