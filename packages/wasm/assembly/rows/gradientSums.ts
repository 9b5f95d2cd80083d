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

/** Two rows at a time from left to right; `mask` is a constant where this is inlined. */
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
    for (let at = row; at < end; at += 2) {
      const place = first + at * stride;
      addRows<T>(call, place, at + 1 < end ? stride : 0, count, means, sums, products, mask);
    }
    addPartials(partial, sums, products, count);
  }
}

/** Adds the row at `place`, and the one `stride` behind it unless that is 0. */
// @ts-ignore: decorator
@inline
function addRows<T>(
  call: Call,
  place: usize,
  stride: usize,
  count: u32,
  means: usize,
  sums: usize,
  products: usize,
  mask: bool,
): void {
  const x = call.x + place;
  const dy = call.dy + place;
  const y = call.y + place;
  for (let i: usize = 0; i < count; i += 4) {
    const at = i << shiftOf<T>();
    const to = i << 2;
    const mean = v128.load(means + to);
    let g = load4<T>(dy + at);
    if (mask) g = masked4(g, load4<T>(y + at));
    let sum = g;
    let product = f32x4.mul(g, f32x4.sub(load4<T>(x + at), mean));
    if (stride) {
      let h = load4<T>(dy + stride + at);
      if (mask) h = masked4(h, load4<T>(y + stride + at));
      sum = f32x4.add(sum, h);
      const second = f32x4.mul(h, f32x4.sub(load4<T>(x + stride + at), mean));
      product = f32x4.add(product, second);
    }
    v128.store(sums + to, f32x4.add(v128.load(sums + to), sum));
    v128.store(products + to, f32x4.add(v128.load(products + to), product));
  }
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
