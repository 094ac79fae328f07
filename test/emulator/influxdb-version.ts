// The differences between server versions in the behaviour that the emulator reproduces. It never compares versions anywhere else, so that
// each difference has one name.

/** The switches that follow from a version. */
export interface ServerVersion {
  text: string;
  /** 3.10 brought a new catalog: permissions are checked before the name, failures spend no id, ["*","*"] is accepted. */
  catalogV3: boolean;
  /** The system resource `ready` is a recent one; 3.10 is the oldest version known to have it. */
  hasReadyResource: boolean;
  /** Since 3.10 /api/v2/write answers 403 to an insufficient token; before, 401. */
  forbiddenOnV2Write: boolean;
  /** Since 3.11.1 a token that is already registered under another name is rejected at startup. */
  rejectsDuplicateHash: boolean;
}

/** Reads a version such as 3.11.2. */
export function serverVersion(text: string): ServerVersion {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number.parseInt(part, 10));
  const atLeast = (a: number, b: number, c: number) => (major !== a ? major > a : minor !== b ? minor > b : patch >= c);
  return {
    text,
    catalogV3: atLeast(3, 10, 0),
    hasReadyResource: atLeast(3, 10, 0),
    forbiddenOnV2Write: atLeast(3, 10, 0),
    rejectsDuplicateHash: atLeast(3, 11, 1),
  };
}
