// Whether an issuer can be reached and publishes keys that its tokens can be verified with. The Worker's own key source does the asking,
// and says in words what came back. It fetches only addresses that the policy leads to.

import type { Runtime } from '../../foundation/runtime.ts';
import type { KeySourceOptions } from '../../identity/key-fetch.ts';
import { createKeySource } from '../../identity/key-source.ts';
import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';

/** What is wrong with the issuer, in words; null when its tokens could be verified now. */
export function probeIssuer(
  issuer: TrustedIssuer,
  runtime: Runtime,
  options: KeySourceOptions,
): Promise<string | null> {
  return createKeySource(issuer, runtime, options).whyNotReady();
}
