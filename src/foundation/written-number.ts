// A number of a JSON text that JavaScript would write otherwise: `314159265358979323`, `1.0`, `1e3`. It keeps the digits for people, and
// for readers with rules of their own. It is of type `object`, so no comparison takes it for a number. No I/O.

/** A class, because `JSON.stringify` looks for `toJSON` and nothing else may find a member of it. It does not survive a structured clone. */
export class WrittenNumber {
  /** As it was written, in JSON's grammar. */
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** The same digits again; as text where the engine cannot write them (Node.js before 21). */
  toJSON(): unknown {
    return (JSON as JsonWithSource).rawJSON?.(this.#text) ?? this.#text;
  }
}

/** Not in TypeScript's library yet: https://tc39.es/proposal-json-parse-with-source/ */
type JsonWithSource = typeof JSON & { readonly rawJSON?: (text: string) => unknown };
