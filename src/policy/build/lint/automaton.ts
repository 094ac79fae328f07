// Whether a pattern of the policy and the form of a claim have a value in common: both become small automata, and a value that both take
// is looked for. So "refs/*" is found out, which no branch matches because * stops at "/". No I/O.

/** Code points, from and to. */
type Range = readonly [number, number];
interface Edge {
  readonly to: number;
  /** What the step consumes; null for nothing. */
  readonly on: readonly Range[] | null;
}
/** State 0 is the start. */
export interface Automaton {
  readonly edges: readonly (readonly Edge[])[];
  readonly accept: number;
}

export type Part =
  | { readonly kind: 'set'; readonly ranges: readonly Range[] }
  | { readonly kind: 'sequence'; readonly of: readonly Part[] }
  | { readonly kind: 'choice'; readonly of: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly least: number; readonly most: number | null };

const LAST = 0x10ffff;
export const ANYTHING: Part = {
  kind: 'repeat',
  part: { kind: 'set', ranges: [[0, LAST]] },
  least: 0,
  most: null,
};

export function one(character: string): Part {
  const code = character.codePointAt(0)!;
  return { kind: 'set', ranges: [[code, code]] };
}

/** All but these. */
export function complement(ranges: readonly Range[]): readonly Range[] {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const rest: Range[] = [];
  let from = 0;
  for (const [low, high] of sorted) {
    if (low > from) rest.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  return from > LAST ? rest : [...rest, [from, LAST]];
}

/** A pattern of `like`. */
export function patternAutomaton(pattern: string): Automaton {
  const segment: Part = {
    kind: 'set',
    ranges: complement([...'/:'].map((one) => [one.charCodeAt(0), one.charCodeAt(0)])),
  };
  const of = (pattern.match(/\*\*|[\s\S]/gu) ?? []).map((token): Part => {
    if (token === '**') return ANYTHING;
    return token === '*' ? { kind: 'repeat', part: segment, least: 0, most: null } : one(token);
  });
  return build({ kind: 'sequence', of });
}

export function build(part: Part): Automaton {
  const edges: Edge[][] = [[]];
  const state = () => edges.push([]) - 1;
  const link = (from: number, to: number, on: Edge['on'] = null) => edges[from]!.push({ to, on });
  const follow = (from: number, next: Part): number => {
    switch (next.kind) {
      case 'set': {
        const to = state();
        link(from, to, next.ranges);
        return to;
      }
      case 'sequence':
        return next.of.reduce(follow, from);
      case 'choice': {
        const to = state();
        for (const branch of next.of) {
          const begin = state();
          link(from, begin);
          link(follow(begin, branch), to);
        }
        return to;
      }
      case 'repeat': {
        let at = from;
        for (let count = 0; count < next.least; count++) at = follow(at, next.part);
        const to = state();
        link(at, to);
        if (next.most === null) {
          const loop = state();
          link(at, loop);
          const end = follow(loop, next.part);
          link(end, loop);
          link(end, to);
          return to;
        }
        for (let count = next.least; count < next.most; count++) {
          at = follow(at, next.part);
          link(at, to);
        }
        return to;
      }
    }
  };
  const accept = follow(0, part);
  return { edges, accept };
}

/** Whether a text exists that both take. */
export function overlaps(a: Automaton, b: Automaton): boolean {
  const width = b.edges.length;
  const seen = new Set([0]);
  const open = [0];
  const reach = (p: number, q: number) => {
    const key = p * width + q;
    if (seen.has(key)) return;
    seen.add(key);
    open.push(key);
  };
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const [p, q] = [Math.floor(key / width), key % width];
    if (p === a.accept && q === b.accept) return true;
    for (const { to, on } of a.edges[p]!) {
      if (on === null) reach(to, q);
      else for (const other of b.edges[q]!) if (other.on !== null && meet(on, other.on)) reach(to, other.to);
    }
    for (const { to, on } of b.edges[q]!) if (on === null) reach(p, to);
  }
  return false;
}

function meet(a: readonly Range[], b: readonly Range[]): boolean {
  return a.some(([low, high]) => b.some(([from, to]) => low <= to && from <= high));
}
