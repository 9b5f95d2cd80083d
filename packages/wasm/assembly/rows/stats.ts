import { accumulatorAt, Call, chunkLength, partialAt } from "../call";
import { load4, loadOne } from "../element";
import { shiftOf } from "../lanes";
import { addPartials, clearPartials, storeMoments } from "../moments";

// Rows: inner = 1. Value e of a column lies at (e · columns + column): NHWC, 2-D, and per activation.
// Eight rows are taken together and from left to right, so that memory is read in its order though sums
// go down the columns.

/** Rows summed in float32 before their sums move on to float64. */
export const BLOCK: u32 = 32;
/** Rows whose mean is the pivot. */
const PIVOT_ROWS: u32 = 8;

/** Mean and M2 of columns [c0, c1) over chunk `k` of rows: sums of d and d² with d = x − pivot. */
export function rowStats<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const vectors = sizeof<T>() < 8 ? (c1 - c0) & ~3 : 0;
  if (vectors) vectorStats<T>(call, c0, vectors, k);
  for (let column = c0 + vectors; column < c1; column++) statsOne<T>(call, column, k);
}

function vectorStats<T>(call: Call, c0: u32, count: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const first = call.x + ((<usize>k * call.chunkSize * call.columns + c0) << shiftOf<T>());
  const pivots = accumulatorAt(call, k, c0, 0);
  const sums = accumulatorAt(call, k, c0, 1);
  const squares = accumulatorAt(call, k, c0, 2);
  const partial = partialAt(call, k, c0);
  storePivots<T>(pivots, count, first, stride, rows);
  clearPartials(partial, count);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    memory.fill(sums, 0, count << 2);
    memory.fill(squares, 0, count << 2);
    const end = min(row + BLOCK, rows);
    let at = row;
    for (; at + 8 <= end; at += 8) {
      addEight<T>(first + at * stride, stride, count, pivots, sums, squares);
    }
    for (; at < end; at++) addOne<T>(first + at * stride, count, pivots, sums, squares);
    addPartials(partial, sums, squares, count);
  }
  for (let i: u32 = 0; i < count; i++) {
    const at = partial + (i << 4);
    const pivot = <f64>load<f32>(pivots + (i << 2));
    storeMoments(at, load<f64>(at), load<f64>(at, 8), pivot, rows);
  }
}

/** Means of the first rows: near the mean, so that little cancels when the sums are corrected. */
function storePivots<T>(
  pivots: usize,
  count: u32,
  first: usize,
  stride: usize,
  rows: u32,
): void {
  const used = min(rows, PIVOT_ROWS);
  for (let i: u32 = 0; i < count; i += 4) {
    const at = first + (<usize>i << shiftOf<T>());
    let sum = load4<T>(at);
    for (let row: u32 = 1; row < used; row++) sum = f32x4.add(sum, load4<T>(at + row * stride));
    v128.store(pivots + (i << 2), f32x4.div(sum, f32x4.splat(<f32>used)));
  }
}

// @ts-ignore: decorator
@inline
function addEight<T>(
  row: usize,
  stride: usize,
  count: u32,
  pivots: usize,
  sums: usize,
  squares: usize,
): void {
  const lower = row + 4 * stride;
  for (let i: usize = 0; i < count; i += 4) {
    const a = row + (i << shiftOf<T>());
    const b = lower + (i << shiftOf<T>());
    const p = v128.load(pivots + (i << 2));
    const d0 = f32x4.sub(load4<T>(a), p);
    const d1 = f32x4.sub(load4<T>(a + stride), p);
    const d2 = f32x4.sub(load4<T>(a + 2 * stride), p);
    const d3 = f32x4.sub(load4<T>(a + 3 * stride), p);
    const d4 = f32x4.sub(load4<T>(b), p);
    const d5 = f32x4.sub(load4<T>(b + stride), p);
    const d6 = f32x4.sub(load4<T>(b + 2 * stride), p);
    const d7 = f32x4.sub(load4<T>(b + 3 * stride), p);
    const sum = f32x4.add(sum4(d0, d1, d2, d3), sum4(d4, d5, d6, d7));
    const square = f32x4.add(squares4(d0, d1, d2, d3), squares4(d4, d5, d6, d7));
    v128.store(sums + (i << 2), f32x4.add(v128.load(sums + (i << 2)), sum));
    v128.store(squares + (i << 2), f32x4.add(v128.load(squares + (i << 2)), square));
  }
}

// @ts-ignore: decorator
@inline
function sum4(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

// @ts-ignore: decorator
@inline
function squares4(a: v128, b: v128, c: v128, d: v128): v128 {
  return sum4(f32x4.mul(a, a), f32x4.mul(b, b), f32x4.mul(c, c), f32x4.mul(d, d));
}

function addOne<T>(row: usize, count: u32, pivots: usize, sums: usize, squares: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    const d = f32x4.sub(load4<T>(row + (i << shiftOf<T>())), v128.load(pivots + (i << 2)));
    v128.store(sums + (i << 2), f32x4.add(v128.load(sums + (i << 2)), d));
    const square = f32x4.mul(d, d);
    v128.store(squares + (i << 2), f32x4.add(v128.load(squares + (i << 2)), square));
  }
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
