import { Call, chunkLength, partialAt } from "../call";
import { load4, loadOne } from "../element";
import { shiftOf } from "../lanes";
import { addPartials, clearPartials, storeMoments } from "../moments";

// Rows: inner = 1. Value e of a column lies at (e · columns + column): NHWC, 2-D, and per activation.

/** Rows summed in float32 before their sums move on to float64. */
const BLOCK: u32 = 16;
/** Rows whose mean is the pivot. */
const PIVOT_ROWS: u32 = 8;

/** Mean and M2 of columns [c0, c1) over chunk `k` of rows: sums of d and d² with d = x − pivot. */
export function rowStats<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  let column = c0;
  if (sizeof<T>() < 8) {
    for (; column + 16 <= c1; column += 16) stats16<T>(call, column, k);
    for (; column + 4 <= c1; column += 4) stats4<T>(call, column, k);
  }
  for (; column < c1; column++) statsOne<T>(call, column, k);
}

function stats16<T>(call: Call, column: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const q = <usize>4 << shiftOf<T>();
  let at = call.x + ((<usize>k * call.chunkSize * call.columns + column) << shiftOf<T>());
  const v0 = pivot4<T>(at, stride, rows);
  const v1 = pivot4<T>(at + q, stride, rows);
  const v2 = pivot4<T>(at + 2 * q, stride, rows);
  const v3 = pivot4<T>(at + 3 * q, stride, rows);
  const partial = partialAt(call, k, column);
  clearPartials(partial, 16);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let q0 = s0;
    let q1 = s0;
    let q2 = s0;
    let q3 = s0;
    for (let left = min(BLOCK, rows - row); left; left--, at += stride) {
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
    addPartials(partial, s0, q0);
    addPartials(partial + 64, s1, q1);
    addPartials(partial + 128, s2, q2);
    addPartials(partial + 192, s3, q3);
  }
  finish4(partial, v0, rows);
  finish4(partial + 64, v1, rows);
  finish4(partial + 128, v2, rows);
  finish4(partial + 192, v3, rows);
}

function stats4<T>(call: Call, column: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  let at = call.x + ((<usize>k * call.chunkSize * call.columns + column) << shiftOf<T>());
  const pivot = pivot4<T>(at, stride, rows);
  const partial = partialAt(call, k, column);
  clearPartials(partial, 4);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    let sum = f32x4.splat(0);
    let square = sum;
    for (let left = min(BLOCK, rows - row); left; left--, at += stride) {
      const d = f32x4.sub(load4<T>(at), pivot);
      sum = f32x4.add(sum, d);
      square = f32x4.add(square, f32x4.mul(d, d));
    }
    addPartials(partial, sum, square);
  }
  finish4(partial, pivot, rows);
}

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

/** Means of the first rows: near the mean, so that little cancels when the sums are corrected. */
// @ts-ignore: decorator
@inline
function pivot4<T>(first: usize, stride: usize, rows: u32): v128 {
  const count = min(rows, PIVOT_ROWS);
  let sum = load4<T>(first);
  for (let row: u32 = 1; row < count; row++) {
    sum = f32x4.add(sum, load4<T>(first + row * stride));
  }
  return f32x4.div(sum, f32x4.splat(<f32>count));
}

function finish4(partial: usize, pivot: v128, rows: u32): void {
  finishSums(partial, <f64>f32x4.extract_lane(pivot, 0), rows);
  finishSums(partial + 16, <f64>f32x4.extract_lane(pivot, 1), rows);
  finishSums(partial + 32, <f64>f32x4.extract_lane(pivot, 2), rows);
  finishSums(partial + 48, <f64>f32x4.extract_lane(pivot, 3), rows);
}

// @ts-ignore: decorator
@inline
function finishSums(partial: usize, pivot: f64, rows: u32): void {
  storeMoments(partial, load<f64>(partial), load<f64>(partial, 8), pivot, rows);
}
