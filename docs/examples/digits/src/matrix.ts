/** What matrices hold: float32 to train; float64 where a test needs the digits. */
export type Values = Float32Array | Float64Array;

/** Rows of numbers, one row after the other. In a batch each row belongs to one digit. */
export class Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Values;

  constructor(rows: number, columns: number, values: Values = new Float32Array(rows * columns)) {
    this.rows = rows;
    this.columns = columns;
    this.values = values;
  }

  /** Zeros of the same number type. */
  zeros(rows: number, columns: number): Matrix {
    const values = sameKind(this.values, rows * columns);
    return new Matrix(rows, columns, values);
  }

  clone(): Matrix {
    return new Matrix(this.rows, this.columns, this.values.slice());
  }
}

/** Zeros of the number type of `like`. */
export function sameKind(like: Values, length: number): Values {
  return like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** Matrices of one width, made once for each number of rows and then used again and again. */
export class Scratch {
  readonly #like: Matrix;
  readonly #columns: number;
  readonly #byRows = new Map<number, Matrix>();

  constructor(like: Matrix, columns: number) {
    this.#like = like;
    this.#columns = columns;
  }

  rows(rows: number): Matrix {
    const known = this.#byRows.get(rows);
    if (known !== undefined) return known;
    const made = this.#like.zeros(rows, this.#columns);
    this.#byRows.set(rows, made);
    return made;
  }
}
