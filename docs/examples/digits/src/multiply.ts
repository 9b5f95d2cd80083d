import type { Matrix, Values } from "./matrix.js";

/** out = a · b */
export function multiply(a: Matrix, b: Matrix, out: Matrix): void {
  addUpRows(a.values, a.columns, 1, b, out);
}

/** out = aᵀ · b */
export function multiplyTransposed(a: Matrix, b: Matrix, out: Matrix): void {
  addUpRows(a.values, 1, a.columns, b, out);
}

/** out = aᵀ */
export function transpose(a: Matrix, out: Matrix): void {
  for (let row = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++) {
      out.values[column * a.rows + row] = a.values[row * a.columns + column];
    }
  }
}

/**
 * Each row of `out` is a weighted sum of rows of b, so that all inner loops walk along memory. Zero
 * weights are left out: most pixels of a digit are background, which makes the first layer several
 * times as fast.
 */
function addUpRows(
  weights: Values,
  rowStride: number,
  columnStride: number,
  b: Matrix,
  out: Matrix,
): void {
  const terms = termsFor(b.rows);
  out.values.fill(0);
  for (let row = 0; row < out.rows; row++) {
    let count = 0;
    for (let k = 0; k < b.rows; k++) {
      const weight = weights[row * rowStride + k * columnStride];
      if (weight === 0) continue;
      terms.weights[count] = weight;
      terms.starts[count++] = k * b.columns;
    }
    // Nothing of row 0 fills up the last four.
    terms.weights.fill(0, count, count + 3);
    terms.starts.fill(0, count, count + 3);
    for (let first = 0; first < count; first += 4) {
      addFourRows(terms, first, b, out.values, row * out.columns);
    }
  }
}

/** Four rows at a time: each sum is loaded and stored a quarter as often. */
function addFourRows(
  { weights, starts }: Terms,
  first: number,
  { values: b, columns }: Matrix,
  out: Values,
  start: number,
): void {
  const weight0 = weights[first];
  const weight1 = weights[first + 1];
  const weight2 = weights[first + 2];
  const weight3 = weights[first + 3];
  const start0 = starts[first];
  const start1 = starts[first + 1];
  const start2 = starts[first + 2];
  const start3 = starts[first + 3];
  for (let j = 0; j < columns; j++) {
    out[start + j] +=
      weight0 * b[start0 + j] +
      weight1 * b[start1 + j] +
      weight2 * b[start2 + j] +
      weight3 * b[start3 + j];
  }
}

/** The weights of one sum that are not 0, and where their rows of b start. */
interface Terms {
  readonly weights: Float64Array;
  readonly starts: Int32Array;
}

let reused: Terms = { weights: new Float64Array(0), starts: new Int32Array(0) };

/** One list for all calls, which grows to the longest sum. */
function termsFor(count: number): Terms {
  const length = count + 3;
  if (reused.starts.length < length) {
    reused = { weights: new Float64Array(length), starts: new Int32Array(length) };
  }
  return reused;
}
