// Parses the part of SQL that listing tokens and looking at written points needs: SELECT of columns or count(*), FROM,
// WHERE, ORDER BY and LIMIT. Everything else is refused with a message that says what was not understood.
// It never evaluates anything.

/** A point in time in epoch nanoseconds. */
export interface Timestamp {
  nanos: bigint;
}

export type SqlValue = string | number | bigint | boolean | Timestamp | null;

export type Expression =
  | { kind: 'column'; name: string }
  | { kind: 'literal'; value: SqlValue }
  | { kind: 'parameter'; name: string }
  | { kind: 'call'; name: string; operands: Expression[] }
  | { kind: 'binary'; operator: string; operands: [Expression, Expression] }
  | { kind: 'not'; operands: [Expression] }
  | { kind: 'in'; operands: [Expression, ...Expression[]] }
  | { kind: 'is null'; operands: [Expression] };

export interface Query {
  /** Output columns, every column, or the number of rows under a name. */
  select: { kind: 'columns'; columns: { expression: Expression; name: string }[] } | { kind: 'all' } | Count;
  /** Parts of the table's name, such as system and tokens. */
  from: string[];
  where: Expression | null;
  orderBy: { expression: Expression; descending: boolean; nullsFirst: boolean }[];
  limit: number | null;
}

interface Count {
  kind: 'count';
  name: string;
}

/** SQL that cannot be run; answered with 400. */
export class SqlError extends Error {}

interface Lexeme {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol' | 'end';
  text: string;
}

const LEXEME =
  /\s+|--[^\n]*|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<number>\d+(?:\.\d+)?)|(?<parameter>\$\w+)|(?<word>[A-Za-z_]\w*)|(?<symbol><=|>=|<>|!=|[=<>(),.*;-])/y;

function lex(sql: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < sql.length) {
    const at = LEXEME.lastIndex;
    const match = LEXEME.exec(sql);
    if (match === null) throw new SqlError(`SQL error: TokenizerError("unexpected character at ${at}: ${sql[at]}")`);
    const found = Object.entries(match.groups!).find(([, text]) => text !== undefined);
    if (found !== undefined) lexemes.push(lexeme(found[0] as Lexeme['kind'], found[1]!));
  }
  lexemes.push({ kind: 'end', text: '' });
  return lexemes;
}

function lexeme(kind: Lexeme['kind'], text: string): Lexeme {
  if (kind === 'string') return { kind, text: text.slice(1, -1).replaceAll("''", "'") };
  if (kind === 'quoted') return { kind, text: text.slice(1, -1).replaceAll('""', '"') };
  if (kind === 'parameter') return { kind, text: text.slice(1) };
  return { kind, text: kind === 'word' ? text.toLowerCase() : text };
}

/** Parses one statement. */
export function parseSql(sql: string): Query {
  const lexemes = lex(sql);
  let position = 0;

  const peek = (ahead = 0): Lexeme => lexemes[Math.min(position + ahead, lexemes.length - 1)]!;
  const isNext = (text: string, ahead = 0) =>
    (peek(ahead).kind === 'word' || peek(ahead).kind === 'symbol') && peek(ahead).text === text;

  function accept(...texts: string[]): boolean {
    if (!texts.every((text, ahead) => isNext(text, ahead))) return false;
    position += texts.length;
    return true;
  }

  function expect(...texts: string[]): void {
    for (const text of texts) if (!accept(text)) throw unexpected(text);
  }

  function unexpected(expected: string): SqlError {
    const found = peek().kind === 'end' ? 'EOF' : peek().text;
    return new SqlError(`SQL error: ParserError("Expected: ${expected}, found: ${found}")`);
  }

  function identifier(): string {
    const { kind, text } = peek();
    if (kind !== 'word' && kind !== 'quoted') throw unexpected('identifier');
    position++;
    return text;
  }

  function commaSeparated<T>(item: () => T): T[] {
    const items = [item()];
    while (accept(',')) items.push(item());
    return items;
  }

  function select(): Query['select'] {
    if (accept('*')) return { kind: 'all' };
    if (accept('count', '(', '*', ')')) return { kind: 'count', name: accept('as') ? identifier() : 'count(*)' };
    return { kind: 'columns', columns: commaSeparated(selectedColumn) };
  }

  function selectedColumn(): { expression: Expression; name: string } {
    const name = identifier();
    return { expression: { kind: 'column', name }, name: accept('as') ? identifier() : name };
  }

  function tableName(): string[] {
    const parts = [identifier()];
    while (accept('.')) parts.push(identifier());
    return parts;
  }

  function sortKey(): Query['orderBy'][number] {
    const expression = primary();
    const descending = accept('desc');
    if (!descending) accept('asc');
    const nullsFirst = accept('nulls', 'first') || (!accept('nulls', 'last') && descending);
    return { expression, descending, nullsFirst };
  }

  function limit(): number {
    const { kind, text } = peek();
    if (kind !== 'number' || text.includes('.')) throw unexpected('a number of rows');
    position++;
    return Number(text);
  }

  function disjunction(): Expression {
    let left = conjunction();
    while (accept('or')) left = { kind: 'binary', operator: 'or', operands: [left, conjunction()] };
    return left;
  }

  function conjunction(): Expression {
    let left = negation();
    while (accept('and')) left = { kind: 'binary', operator: 'and', operands: [left, negation()] };
    return left;
  }

  function negation(): Expression {
    return accept('not') ? { kind: 'not', operands: [negation()] } : comparison();
  }

  function comparison(): Expression {
    const left = primary();
    if (accept('is', 'null')) return { kind: 'is null', operands: [left] };
    if (accept('is', 'not', 'null')) return { kind: 'not', operands: [{ kind: 'is null', operands: [left] }] };
    const negated = accept('not');
    if (accept('like')) return negate(negated, { kind: 'binary', operator: 'like', operands: [left, primary()] });
    if (accept('in', '(')) {
      const members = commaSeparated(primary);
      expect(')');
      return negate(negated, { kind: 'in', operands: [left, ...members] });
    }
    if (negated) throw unexpected('LIKE or IN');
    const operator = ['=', '<>', '!=', '<=', '>=', '<', '>'].find((symbol) => accept(symbol));
    if (operator === undefined) return left;
    return { kind: 'binary', operator: operator === '!=' ? '<>' : operator, operands: [left, primary()] };
  }

  function primary(): Expression {
    if (accept('(')) {
      const inner = disjunction();
      expect(')');
      return inner;
    }
    const minus = accept('-') ? '-' : '';
    const { kind, text } = peek();
    if (kind === 'number') {
      position++;
      return { kind: 'literal', value: text.includes('.') ? Number(minus + text) : BigInt(minus + text) };
    }
    if (minus !== '') throw unexpected('a number');
    if (kind === 'string' || kind === 'parameter') {
      position++;
      return kind === 'string' ? { kind: 'literal', value: text } : { kind: 'parameter', name: text };
    }
    if (kind === 'word' && isNext('(', 1)) return functionCall();
    for (const [word, value] of [['null', null] as const, ['true', true] as const, ['false', false] as const]) {
      if (accept(word)) return { kind: 'literal', value };
    }
    return { kind: 'column', name: identifier() };
  }

  function functionCall(): Expression {
    const name = identifier();
    expect('(');
    const operands = isNext(')') ? [] : commaSeparated(primary);
    expect(')');
    return { kind: 'call', name, operands };
  }

  expect('select');
  const selected = select();
  expect('from');
  const from = tableName();
  const where = accept('where') ? disjunction() : null;
  const orderBy = accept('order', 'by') ? commaSeparated(sortKey) : [];
  const rows = accept('limit') ? limit() : null;
  accept(';');
  if (peek().kind !== 'end') throw unexpected('end of statement');
  return { select: selected, from, where, orderBy, limit: rows };
}

function negate(negated: boolean, expression: Expression): Expression {
  return negated ? { kind: 'not', operands: [expression] } : expression;
}
