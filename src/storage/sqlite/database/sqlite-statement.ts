import { isUint8Array } from 'node:util/types';

export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = Record<string, SqlValue>;

/** Returns the date of a column of milliseconds; null without a value. */
export function dateOf(value: SqlValue | undefined): Date | null {
  return typeof value === 'number' ? new Date(value) : null;
}

/** The used part of libsql's statement. */
export interface NativeStatement {
  run(values: SqlValue[]): { readonly changes: number };
  get(values: SqlValue[]): unknown;
  all(values: SqlValue[]): unknown[];
}

/** libsql cuts a text at NUL and turns a lone surrogate into U+FFFD, so two different ids could become equal. */
const NOT_KEPT_EXACTLY = /[\0\p{Surrogate}]/u;

/** A prepared statement. Refuses values that libsql would lose or change, or that would abort the process. */
export class SqliteStatement {
  private readonly parameters: number;
  private native: NativeStatement | null;

  constructor(
    sql: string,
    private readonly prepare: () => NativeStatement,
    private readonly guard: <T>(call: () => T) => T,
  ) {
    this.parameters = sql.split('?').length - 1;
    this.native = prepare();
  }

  /** @returns the number of changed rows */
  run(values: readonly SqlValue[] = []): number {
    const bound = this.checked(values);
    const native = this.prepared();
    return this.guard(() => native.run(bound).changes);
  }

  get(values: readonly SqlValue[] = []): SqlRow | undefined {
    const bound = this.checked(values);
    const native = this.prepared();
    // After a failed `get`, libsql 0.5.29 executes the next one with the values of the failed one.
    this.native = null;
    const row = this.guard(() => native.get(bound));
    this.native = native;
    return row === undefined ? undefined : withoutMetadata(row);
  }

  all(values: readonly SqlValue[] = []): SqlRow[] {
    const bound = this.checked(values);
    const native = this.prepared();
    return this.guard(() => native.all(bound)).map(withoutMetadata);
  }

  private prepared(): NativeStatement {
    return (this.native ??= this.prepare());
  }

  /** libsql 0.5.29 aborts on a boolean or a Date, stores NULL for a missing value and rounds large integers. */
  private checked(values: readonly SqlValue[]): SqlValue[] {
    if (!Array.isArray(values) || values.length !== this.parameters) {
      throw new TypeError(`this statement needs ${this.parameters} values in an array`);
    }
    return (values as readonly unknown[]).map(checkedValue);
  }
}

function checkedValue(value: unknown, index: number): SqlValue {
  if (value === null || isUint8Array(value)) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && !NOT_KEPT_EXACTLY.test(value)) return value;
  throw new TypeError(`value ${index + 1} of the statement cannot be stored exactly (${typeof value})`);
}

function withoutMetadata(row: unknown): SqlRow {
  delete (row as { _metadata?: unknown })._metadata;
  return row as SqlRow;
}
