// Says in the trail which keys the service has, so that a rotation shows there. A fingerprint is a code under a key of its own purpose: it
// opens nothing, and tells nothing of the key. The gate keeps only the first sight of each. It never changes a key.

import type { Admission } from '../admission/admission.ts';
import type { Receipt } from '../audit/recorder.ts';
import { encodeBase32 } from '../foundation/base32.ts';
import type { Keyring } from '../foundation/keyring.ts';

export type NoteKeys = (receipt: Receipt) => Promise<void>;

export interface KeySightDependencies {
  readonly keyring: Pick<Keyring, 'authenticateAll'>;
  readonly admission: Pick<Admission, 'write'>;
}

const FINGERPRINT_BYTES = 10;

export function createKeySight({ keyring, admission }: KeySightDependencies): NoteKeys {
  return async ({ id }) => {
    const codes = await keyring.authenticateAll('fingerprint', 'STS_KEY');
    const [key, previous] = codes.map((code) => encodeBase32(code.subarray(0, FINGERPRINT_BYTES)));
    const facts = { kind: 'key', actor: 'service', request_id: id, key: key! } as const;
    const more = previous === undefined ? {} : { previous_key: previous };
    // Without the previous key it is another state of the rotation.
    const sight = `key:${key}${previous === undefined ? '' : `:${previous}`}`;
    await admission.write(sight, { ...facts, ...more }, {}, { outcome: 'done' });
  };
}
