// Runs a parsed query over the rows of one table, with SQL's three-valued logic: a comparison with NULL is neither true
// nor false, so it selects nothing. Values of different kinds are never compared by guessing, that is an error; the
// one exception is the server's own, that a string next to a timestamp is read as a timestamp.
import { type Expression, type Query, SqlError, type SqlValue, type Timestamp } from './influxdb-sql.ts';

/** A value is made when it is asked for: most queries want two columns of thousands of rows. */
export interface Row extends Iterable<[string, SqlValue]> {
  readonly get: (column: string) => SqlValue | undefined;
}

export interface Result {
  columns: string[];
  rows: ReadonlyMap<string, SqlValue>[];
}

export interface Table {
  columns: string[];
  rows: Row[];
}

export interface EvaluationContext {
  parameters: Record<string, SqlValue>;
  nowNanos: bigint;
}

/** Columns in output order, rows without their nulls removed. */
export function evaluate(query: Query, table: Table, context: EvaluationContext): Result {
  const expressions = [query.where, ...query.orderBy.map(({ expression }) => expression)];
  if (query.select.kind === 'columns') expressions.push(...query.select.columns.map(({ expression }) => expression));
  for (const expression of expressions) if (expression !== null) requireKnownNames(expression, table, context);

  const { where } = query;
  const matching = where === null ? table.rows : table.rows.filter((row) => value(where, row, context) === true);
  if (query.select.kind === 'count') {
    const { name } = query.select;
    return { columns: [name], rows: [new Map([[name, BigInt(matching.length)]])] };
  }
  const sorted = sort(matching, query.orderBy, context);
  const rows = query.limit === null ? sorted : sorted.slice(0, query.limit);
  if (query.select.kind === 'all') return { columns: table.columns, rows: rows.map((row) => new Map(row)) };
  const { columns } = query.select;
  return {
    columns: columns.map(({ name }) => name),
    rows: rows.map((row) => new Map(columns.map(({ expression, name }) => [name, value(expression, row, context)]))),
  };
}

function requireKnownNames(expression: Expression, table: Table, context: EvaluationContext): void {
  if (expression.kind === 'column' && !table.columns.includes(expression.name)) {
    throw new SqlError(
      `Schema error: No field named ${expression.name}. Valid fields are ${table.columns.join(', ')}.`,
    );
  }
  if (expression.kind === 'parameter' && !Object.hasOwn(context.parameters, expression.name)) {
    throw new SqlError(`Error during planning: No value found for placeholder with name $${expression.name}`);
  }
  if ('operands' in expression) {
    for (const operand of expression.operands) requireKnownNames(operand, table, context);
  }
}

/** Each key is evaluated once for each row, or an order by random() would contradict itself. */
function sort(rows: readonly Row[], keys: Query['orderBy'], context: EvaluationContext): Row[] {
  const keyed = rows.map((row) => ({ row, values: keys.map(({ expression }) => value(expression, row, context)) }));
  return keyed.sort((a, b) => sortOrder(keys, a.values, b.values)).map(({ row }) => row);
}

function sortOrder(keys: Query['orderBy'], a: readonly SqlValue[], b: readonly SqlValue[]): number {
  for (let at = 0; at < keys.length; at++) {
    const { descending, nullsFirst } = keys[at]!;
    const left = a[at]!;
    const right = b[at]!;
    if (left === null && right === null) continue;
    if (left === null || right === null) return (left === null) === nullsFirst ? -1 : 1;
    const order = compare(left, right);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function value(expression: Expression, row: Row, context: EvaluationContext): SqlValue {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'parameter':
      return context.parameters[expression.name]!;
    case 'column':
      return row.get(expression.name) ?? null;
    case 'is null':
      return value(expression.operands[0], row, context) === null;
    case 'not': {
      const operand = value(expression.operands[0], row, context);
      return operand === null ? null : !boolean(operand);
    }
    case 'in': {
      const [subject, ...members] = expression.operands.map((operand) => value(operand, row, context));
      return members.map((member) => compared('=', subject!, member)).reduce(or, false);
    }
    case 'binary': {
      const [left, right] = expression.operands;
      return binary(expression.operator, value(left, row, context), value(right, row, context));
    }
    case 'call':
      return call(
        expression.name,
        expression.operands.map((operand) => value(operand, row, context)),
        context,
      );
  }
}

function binary(operator: string, left: SqlValue, right: SqlValue): boolean | null {
  if (operator === 'or') return or(truth(left), truth(right));
  if (operator === 'and') return not(or(not(truth(left)), not(truth(right))));
  if (operator !== 'like') return compared(operator, left, right);
  if (left === null || right === null) return null;
  return likePattern(string(right)).test(string(left));
}

function compared(operator: string, left: SqlValue, right: SqlValue): boolean | null {
  if (left === null || right === null) return null;
  const order = compare(left, right);
  switch (operator) {
    case '=':
      return order === 0;
    case '<>':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

function compare(left: NonNullable<SqlValue>, right: NonNullable<SqlValue>): number {
  if (isTimestamp(left) || isTimestamp(right)) return order(timestamp(left).nanos, timestamp(right).nanos);
  const numeric = (operand: SqlValue) => typeof operand === 'number' || typeof operand === 'bigint';
  if (typeof left === typeof right || (numeric(left) && numeric(right))) return order(left, right);
  throw new SqlError(
    `Error during planning: Cannot infer common argument type for comparison of ${typeof left} with ${typeof right}`,
  );
}

function order<T extends string | number | bigint | boolean>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function or(left: boolean | null, right: boolean | null): boolean | null {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}

function not(operand: boolean | null): boolean | null {
  return operand === null ? null : !operand;
}

function truth(operand: SqlValue): boolean | null {
  return operand === null ? null : boolean(operand);
}

function call(name: string, operands: SqlValue[], context: EvaluationContext): SqlValue {
  const [first, second] = operands;
  if (name === 'now' && operands.length === 0) return { nanos: context.nowNanos };
  if (name === 'random' && operands.length === 0) return Math.random();
  if (name === 'starts_with' && operands.length === 2) {
    return first === null || second === null ? null : string(first!).startsWith(string(second!));
  }
  if (name === 'to_timestamp_millis' && operands.length === 1) {
    if (typeof first === 'bigint') return { nanos: first * 1_000_000n };
    return first === null ? null : timestamp(first!);
  }
  throw new SqlError(`Error during planning: Invalid function '${name}' with ${operands.length} arguments`);
}

/** One pattern is held against every row of a table. */
let latestPattern = { text: '', compiled: /^$/u };

function likePattern(text: string): RegExp {
  if (text === latestPattern.text) return latestPattern.compiled;
  const source = text.replace(/\\?[\s\S]/gu, (part) => {
    if (part === '%') return '[\\s\\S]*';
    if (part === '_') return '[\\s\\S]';
    return (part.length > 1 && part.startsWith('\\') ? part.slice(1) : part).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  latestPattern = { text, compiled: new RegExp(`^${source}$`, 'u') };
  return latestPattern.compiled;
}

function isTimestamp(operand: SqlValue): operand is Timestamp {
  return typeof operand === 'object' && operand !== null;
}

function timestamp(operand: NonNullable<SqlValue>): Timestamp {
  if (isTimestamp(operand)) return operand;
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?)?$/.exec(`${operand}`);
  const millis = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}${match[4] ?? 'Z'}`);
  if (typeof operand !== 'string' || match === null || Number.isNaN(millis)) {
    throw new SqlError(`Error during planning: cannot compare a timestamp with ${typeof operand} '${operand}'`);
  }
  return { nanos: BigInt(millis) * 1_000_000n + BigInt((match[3] ?? '').padEnd(9, '0')) };
}

function string(operand: NonNullable<SqlValue>): string {
  if (typeof operand !== 'string')
    throw new SqlError(`Error during planning: expected a string, got ${typeof operand}`);
  return operand;
}

function boolean(operand: NonNullable<SqlValue>): boolean {
  if (typeof operand !== 'boolean')
    throw new SqlError(`Error during planning: expected a boolean, got ${typeof operand}`);
  return operand;
}
