import { accumulatorAt, Call, chunkLength, partialAt } from "../call";
import { load4, loadOne } from "../element";
import { shiftOf } from "../lanes";
import { addPartials, clearPartials, storeMoments } from "../moments";

// Rows: inner = 1. Value e of a column lies at (e · columns + column): NHWC, 2-D, and per activation.
// Four rows are taken together and from left to right, so that memory is read in its order though sums
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
    for (; !call.streaming && at + 4 <= end; at += 4) {
      addRows<T, u32>(first + <usize>at * stride, stride, count, pivots, sums, squares);
    }
    for (; at < end; at++) {
      addRows<T, u8>(first + <usize>at * stride, stride, count, pivots, sums, squares);
    }
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
    for (let row: u32 = 1; row < used; row++) sum = f32x4.add(sum, load4<T>(at + <usize>row * stride));
    v128.store(pivots + (i << 2), f32x4.div(sum, f32x4.splat(<f32>used)));
  }
}

/** sizeof<Rows>() rows (4 or 1), eight columns at a time. */
// @ts-ignore: decorator
@inline
function addRows<T, Rows>(
  x: usize,
  stride: usize,
  count: u32,
  pivots: usize,
  sums: usize,
  squares: usize,
): void {
  const eights = count & ~7;
  for (let i: usize = 0; i < eights; i += 8) {
    const a = x + (i << shiftOf<T>());
    const p = i << 2;
    addVector<T, Rows>(a, stride, pivots + p, sums + p, squares + p);
    addVector<T, Rows>(
      a + (4 << shiftOf<T>()),
      stride,
      pivots + p + 16,
      sums + p + 16,
      squares + p + 16,
    );
  }
  if (eights == count) return;
  const a = x + (<usize>eights << shiftOf<T>());
  const p = <usize>eights << 2;
  addVector<T, Rows>(a, stride, pivots + p, sums + p, squares + p);
}

/** Four columns. */
// @ts-ignore: decorator
@inline
function addVector<T, Rows>(
  x: usize,
  stride: usize,
  pivots: usize,
  sums: usize,
  squares: usize,
): void {
  const pivot = v128.load(pivots);
  let sum = f32x4.sub(load4<T>(x), pivot);
  let square = f32x4.mul(sum, sum);
  if (sizeof<Rows>() == 4) {
    const d1 = f32x4.sub(load4<T>(x + stride), pivot);
    const d2 = f32x4.sub(load4<T>(x + 2 * stride), pivot);
    const d3 = f32x4.sub(load4<T>(x + 3 * stride), pivot);
    sum = f32x4.add(f32x4.add(sum, d1), f32x4.add(d2, d3));
    square = f32x4.add(
      f32x4.add(square, f32x4.mul(d1, d1)),
      f32x4.add(f32x4.mul(d2, d2), f32x4.mul(d3, d3)),
    );
  }
  v128.store(sums, f32x4.add(v128.load(sums), sum));
  v128.store(squares, f32x4.add(v128.load(squares), square));
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
