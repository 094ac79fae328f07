// What every page finds in its request. It holds no code.

import type { DoorEnv } from '../../web/door.ts';

export interface Session {
  readonly subjectToken: string;
  /** The entry of the policy by which the person came in. */
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  /** What each form of the page must carry, in the field `csrf`. */
  readonly csrf: string;
}

export interface UiEnv {
  readonly Variables: DoorEnv['Variables'] & {
    /** Null for a visitor who is not signed in. Nobody has verified its token: the use cases do, each time. */
    readonly session: Session | null;
    /** For the scripts and styles of this answer. */
    readonly nonce: string;
    /** The fields of a POST, read within a limit; empty for other methods. */
    readonly form: URLSearchParams;
  };
}
