// Suggests the key that a misspelt one most likely meant. No I/O.

/** Shorter beginnings fit by chance. */
const MIN_BEGINNING = 3;

/** The known key that begins alike, else the one within a third of the word's length in edits, or null. */
export function nearestKey(key: string, known: readonly string[]): string | null {
  const word = key.toLowerCase();
  const beginsAlike = (candidate: string) => {
    const other = candidate.toLowerCase();
    const [short, long] = word.length < other.length ? [word, other] : [other, word];
    return short.length >= MIN_BEGINNING && long.startsWith(short);
  };
  return nearest(word, known.filter(beginsAlike), Number.POSITIVE_INFINITY) ?? nearest(word, known, allowed(key));
}

function allowed(key: string): number {
  return Math.max(1, Math.floor(key.length / 3)) + 1;
}

function nearest(word: string, candidates: readonly string[], below: number): string | null {
  let best: string | null = null;
  let fewest = below;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate.toLowerCase());
    if (distance < fewest) {
      best = candidate;
      fewest = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, one row at a time, and two letters that changed places count as one edit. Both words are short. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  let above = row;
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] && i > 1 && j > 1;
      const transposition = swapped ? above[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(substitution, transposition, row[j]! + 1, next[j - 1]! + 1));
    }
    above = row;
    row = next;
  }
  return row[to.length]!;
}
