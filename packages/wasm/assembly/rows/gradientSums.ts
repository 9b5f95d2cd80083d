import { accumulatorAt, Call, chunkLength, partialAt } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne } from "../element";
import { maskedOne, No, normal4, shiftOf, Yes } from "../lanes";
import { addPartials, clearPartials } from "../moments";
import { gradient4 } from "../planes/gradientSums";
import { BLOCK } from "./stats";

/** Σ dy and Σ dy · (x − mean) · invStd of columns [c0, c1) over chunk `k` of rows, dy as before the activation. */
export function rowGradientSums<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const vectors = sizeof<T>() < 8 ? (c1 - c0) & ~3 : 0;
  if (vectors) {
    if (call.relu) vectorSums<T, Yes>(call, c0, vectors, k);
    else vectorSums<T, No>(call, c0, vectors, k);
  }
  for (let column = c0 + vectors; column < c1; column++) sumsOne<T>(call, column, k);
}

/** Four rows at a time from left to right; `Mask` says whether y masks dy. */
function vectorSums<T, Mask>(call: Call, c0: u32, count: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const first = (<usize>k * call.chunkSize * call.columns + c0) << shiftOf<T>();
  const means = call.mean + (<usize>c0 << columnShift<T>());
  const invStds = call.slope + (<usize>c0 << columnShift<T>());
  const sums = accumulatorAt(call, k, c0, 1);
  const products = accumulatorAt(call, k, c0, 2);
  const partial = partialAt(call, k, c0);
  clearPartials(partial, count);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    memory.fill(sums, 0, count << 2);
    memory.fill(products, 0, count << 2);
    const end = min(row + BLOCK, rows);
    let at = row;
    for (; !call.streaming && at + 4 <= end; at += 4) {
      addRows<T, Mask, u32>(call, first + <usize>at * stride, stride, count, means, invStds, sums, products);
    }
    for (; at < end; at++) {
      addRows<T, Mask, u8>(call, first + <usize>at * stride, stride, count, means, invStds, sums, products);
    }
    addPartials(partial, sums, products, count);
  }
}

/** sizeof<Rows>() rows (4 or 1), eight columns at a time. */
// @ts-ignore: decorator
@inline
function addRows<T, Mask, Rows>(
  call: Call,
  place: usize,
  stride: usize,
  count: u32,
  means: usize,
  invStds: usize,
  sums: usize,
  products: usize,
): void {
  const x = call.x + place;
  const dy = call.dy + place;
  const y = call.y + place;
  const next: usize = 4 << shiftOf<T>();
  const eights = count & ~7;
  for (let i: usize = 0; i < eights; i += 8) {
    const a = i << shiftOf<T>();
    const p = i << 2;
    addVector<T, Mask, Rows>(x + a, dy + a, y + a, stride, means + p, invStds + p, sums + p, products + p);
    addVector<T, Mask, Rows>(
      x + a + next,
      dy + a + next,
      y + a + next,
      stride,
      means + p + 16,
      invStds + p + 16,
      sums + p + 16,
      products + p + 16,
    );
  }
  if (eights == count) return;
  const a = <usize>eights << shiftOf<T>();
  const p = <usize>eights << 2;
  addVector<T, Mask, Rows>(x + a, dy + a, y + a, stride, means + p, invStds + p, sums + p, products + p);
}

/** Four columns. */
// @ts-ignore: decorator
@inline
function addVector<T, Mask, Rows>(
  x: usize,
  dy: usize,
  y: usize,
  stride: usize,
  means: usize,
  invStds: usize,
  sums: usize,
  products: usize,
): void {
  const mean = v128.load(means);
  const invStd = v128.load(invStds);
  let sum = gradient4<T, Mask>(dy, y);
  let product = f32x4.mul(sum, normal4(load4<T>(x), mean, invStd));
  if (sizeof<Rows>() == 4) {
    const g1 = gradient4<T, Mask>(dy + stride, y + stride);
    const g2 = gradient4<T, Mask>(dy + 2 * stride, y + 2 * stride);
    const g3 = gradient4<T, Mask>(dy + 3 * stride, y + 3 * stride);
    const p1 = f32x4.mul(g1, normal4(load4<T>(x + stride), mean, invStd));
    const p2 = f32x4.mul(g2, normal4(load4<T>(x + 2 * stride), mean, invStd));
    const p3 = f32x4.mul(g3, normal4(load4<T>(x + 3 * stride), mean, invStd));
    sum = f32x4.add(f32x4.add(sum, g1), f32x4.add(g2, g3));
    product = f32x4.add(f32x4.add(product, p1), f32x4.add(p2, p3));
  }
  v128.store(sums, f32x4.add(v128.load(sums), sum));
  v128.store(products, f32x4.add(v128.load(products), product));
}

/** Columns that fill no vector, and float64. */
function sumsOne<T>(call: Call, column: u32, k: u32): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const mean = loadColumn<T>(call.mean, column);
  const invStd = loadColumn<T>(call.slope, column);
  let place = (<usize>k * call.chunkSize * call.columns + column) << shiftOf<T>();
  let sum: f64 = 0;
  let product: f64 = 0;
  for (let left = rows; left; left--, place += stride) {
    let g = loadOne<T>(call.dy + place);
    if (call.relu) g = maskedOne(g, loadOne<T>(call.y + place));
    sum += g;
    product += g * ((loadOne<T>(call.x + place) - mean) * invStd);
  }
  const partial = partialAt(call, k, column);
  store<f64>(partial, sum);
  store<f64>(partial, product, 8);
}
