import { accumulatorAt, Call, chunkLength, partialAt } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne } from "../element";
import { masked4, maskedOne, shiftOf } from "../lanes";
import { addPartials, clearPartials } from "../moments";
import { BLOCK } from "./stats";

/** Σ dy and Σ dy · (x − mean) of columns [c0, c1) over chunk `k` of rows, dy as before the activation. */
export function rowGradientSums<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const vectors = sizeof<T>() < 8 ? (c1 - c0) & ~3 : 0;
  if (vectors) {
    if (call.relu) vectorSums<T>(call, c0, vectors, k, true);
    else vectorSums<T>(call, c0, vectors, k, false);
  }
  for (let column = c0 + vectors; column < c1; column++) sumsOne<T>(call, column, k);
}

/** Four rows at a time from left to right; `mask` is a constant where this is inlined. */
// @ts-ignore: decorator
@inline
function vectorSums<T>(call: Call, c0: u32, count: u32, k: u32, mask: bool): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const first = (<usize>k * call.chunkSize * call.columns + c0) << shiftOf<T>();
  const means = call.mean + (<usize>c0 << columnShift<T>());
  const sums = accumulatorAt(call, k, c0, 1);
  const products = accumulatorAt(call, k, c0, 2);
  const partial = partialAt(call, k, c0);
  clearPartials(partial, count);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    memory.fill(sums, 0, count << 2);
    memory.fill(products, 0, count << 2);
    const end = min(row + BLOCK, rows);
    let at = row;
    for (; at + 4 <= end; at += 4) {
      addFour<T>(call, first + at * stride, stride, count, means, sums, products, mask);
    }
    for (; at < end; at++) {
      addOne<T>(call, first + at * stride, count, means, sums, products, mask);
    }
    addPartials(partial, sums, products, count);
  }
}

// @ts-ignore: decorator
@inline
function addFour<T>(
  call: Call,
  place: usize,
  stride: usize,
  count: u32,
  means: usize,
  sums: usize,
  products: usize,
  mask: bool,
): void {
  const x = call.x;
  const dy = call.dy;
  const y = call.y;
  for (let i: usize = 0; i < count; i += 4) {
    const a = place + (i << shiftOf<T>());
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    const mean = v128.load(means + (i << 2));
    const g0 = gradient4<T>(dy, y, a, mask);
    const g1 = gradient4<T>(dy, y, b, mask);
    const g2 = gradient4<T>(dy, y, c, mask);
    const g3 = gradient4<T>(dy, y, d, mask);
    const p0 = f32x4.mul(g0, f32x4.sub(load4<T>(x + a), mean));
    const p1 = f32x4.mul(g1, f32x4.sub(load4<T>(x + b), mean));
    const p2 = f32x4.mul(g2, f32x4.sub(load4<T>(x + c), mean));
    const p3 = f32x4.mul(g3, f32x4.sub(load4<T>(x + d), mean));
    const sum = f32x4.add(f32x4.add(g0, g1), f32x4.add(g2, g3));
    const product = f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3));
    v128.store(sums + (i << 2), f32x4.add(v128.load(sums + (i << 2)), sum));
    v128.store(products + (i << 2), f32x4.add(v128.load(products + (i << 2)), product));
  }
}

// @ts-ignore: decorator
@inline
function addOne<T>(
  call: Call,
  place: usize,
  count: u32,
  means: usize,
  sums: usize,
  products: usize,
  mask: bool,
): void {
  for (let i: usize = 0; i < count; i += 4) {
    const at = place + (i << shiftOf<T>());
    const g = gradient4<T>(call.dy, call.y, at, mask);
    const product = f32x4.mul(g, f32x4.sub(load4<T>(call.x + at), v128.load(means + (i << 2))));
    v128.store(sums + (i << 2), f32x4.add(v128.load(sums + (i << 2)), g));
    v128.store(products + (i << 2), f32x4.add(v128.load(products + (i << 2)), product));
  }
}

/** Four values of dy as before the activation. */
// @ts-ignore: decorator
@inline
function gradient4<T>(dy: usize, y: usize, at: usize, mask: bool): v128 {
  const gradient = load4<T>(dy + at);
  return mask ? masked4(gradient, load4<T>(y + at)) : gradient;
}

/** Columns that fill no vector, and float64. */
function sumsOne<T>(call: Call, column: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const mean = loadColumn<T>(call.mean, column);
  let place = (<usize>k * call.chunkSize * call.columns + column) << shiftOf<T>();
  let sum: f64 = 0;
  let product: f64 = 0;
  for (let left = rows; left; left--, place += stride) {
    let g = loadOne<T>(call.dy + place);
    if (call.relu) g = maskedOne(g, loadOne<T>(call.y + place));
    sum += g;
    product += g * (loadOne<T>(call.x + place) - mean);
  }
  const partial = partialAt(call, k, column);
  store<f64>(partial, sum);
  store<f64>(partial, product, 8);
}
