import { Call, chunkLength, partialAt, pivotAt } from "../call";
import { load4, loadOne } from "../element";
import { shiftOf } from "../lanes";
import { addPartials, clearPartials, storeMoments } from "../moments";

// Rows: inner = 1. Value e of a column lies at (e · columns + column): NHWC, 2-D, and per activation.
// Blocks of rows are taken one after the other and strips of columns within a block, so that memory is
// read in its order though sums go down the columns.

/** Rows summed in float32 before their sums move on to float64. */
export const BLOCK: u32 = 16;
/** Rows whose mean is the pivot. */
const PIVOT_ROWS: u32 = 8;

/** Mean and M2 of columns [c0, c1) over chunk `k` of rows: sums of d and d² with d = x − pivot. */
export function rowStats<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const vectors = sizeof<T>() < 8 ? (c1 - c0) & ~3 : 0;
  if (vectors) vectorStats<T>(call, c0, c0 + vectors, k);
  for (let column = c0 + vectors; column < c1; column++) statsOne<T>(call, column, k);
}

function vectorStats<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const first = call.x + ((<usize>k * call.chunkSize * call.columns) << shiftOf<T>());
  storePivots<T>(call, c0, c1, k, first, rows);
  clearPartials(partialAt(call, k, c0), c1 - c0);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    const count = min(BLOCK, rows - row);
    const block = first + row * stride;
    let column = c0;
    for (; column + 16 <= c1; column += 16) {
      strip16<T>(call, block + (<usize>column << shiftOf<T>()), stride, count, column, k);
    }
    for (; column < c1; column += 4) {
      strip4<T>(call, block + (<usize>column << shiftOf<T>()), stride, count, column, k);
    }
  }
  for (let column = c0; column < c1; column++) {
    const partial = partialAt(call, k, column);
    const pivot = <f64>load<f32>(pivotAt(call, k, column));
    storeMoments(partial, load<f64>(partial), load<f64>(partial, 8), pivot, rows);
  }
}

/** Means of the first rows: near the mean, so that little cancels when the sums are corrected. */
function storePivots<T>(call: Call, c0: u32, c1: u32, k: u32, first: usize, rows: u32): void {
  const stride = <usize>call.columns << shiftOf<T>();
  const count = min(rows, PIVOT_ROWS);
  for (let column = c0; column < c1; column += 4) {
    const at = first + (<usize>column << shiftOf<T>());
    let sum = load4<T>(at);
    for (let row: u32 = 1; row < count; row++) sum = f32x4.add(sum, load4<T>(at + row * stride));
    v128.store(pivotAt(call, k, column), f32x4.div(sum, f32x4.splat(<f32>count)));
  }
}

// @ts-ignore: decorator
@inline
function strip16<T>(call: Call, at: usize, stride: usize, count: u32, column: u32, k: u32): void {
  const q = <usize>4 << shiftOf<T>();
  const pivots = pivotAt(call, k, column);
  const v0 = v128.load(pivots);
  const v1 = v128.load(pivots, 16);
  const v2 = v128.load(pivots, 32);
  const v3 = v128.load(pivots, 48);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let q0 = s0;
  let q1 = s0;
  let q2 = s0;
  let q3 = s0;
  for (let left = count; left; left--, at += stride) {
    const d0 = f32x4.sub(load4<T>(at), v0);
    const d1 = f32x4.sub(load4<T>(at + q), v1);
    const d2 = f32x4.sub(load4<T>(at + 2 * q), v2);
    const d3 = f32x4.sub(load4<T>(at + 3 * q), v3);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    s2 = f32x4.add(s2, d2);
    s3 = f32x4.add(s3, d3);
    q0 = f32x4.add(q0, f32x4.mul(d0, d0));
    q1 = f32x4.add(q1, f32x4.mul(d1, d1));
    q2 = f32x4.add(q2, f32x4.mul(d2, d2));
    q3 = f32x4.add(q3, f32x4.mul(d3, d3));
  }
  const partial = partialAt(call, k, column);
  addPartials(partial, s0, q0);
  addPartials(partial + 64, s1, q1);
  addPartials(partial + 128, s2, q2);
  addPartials(partial + 192, s3, q3);
}

// @ts-ignore: decorator
@inline
function strip4<T>(call: Call, at: usize, stride: usize, count: u32, column: u32, k: u32): void {
  const pivot = v128.load(pivotAt(call, k, column));
  let sum = f32x4.splat(0);
  let square = sum;
  for (let left = count; left; left--, at += stride) {
    const d = f32x4.sub(load4<T>(at), pivot);
    sum = f32x4.add(sum, d);
    square = f32x4.add(square, f32x4.mul(d, d));
  }
  addPartials(partialAt(call, k, column), sum, square);
}

/** Columns that fill no vector, and float64. */
function statsOne<T>(call: Call, column: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  let at = call.x + ((<usize>k * call.chunkSize * call.columns + column) << shiftOf<T>());
  const pivot = loadOne<T>(at);
  let sum: f64 = 0;
  let square: f64 = 0;
  for (let left = rows; left; left--, at += stride) {
    const d = loadOne<T>(at) - pivot;
    sum += d;
    square += d * d;
  }
  storeMoments(partialAt(call, k, column), sum, square, pivot, rows);
}
