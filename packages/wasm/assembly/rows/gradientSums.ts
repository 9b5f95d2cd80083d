import { Call, chunkLength, partialAt } from "../call";
import { columnShift, loadColumn } from "../columns/workspace";
import { load4, loadOne } from "../element";
import { masked4, maskedOne, shiftOf } from "../lanes";
import { addPartials, clearPartials } from "../moments";
import { BLOCK } from "./stats";

/** Σ dy and Σ dy · (x − mean) of columns [c0, c1) over chunk `k` of rows, dy as before the activation. */
export function rowGradientSums<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const vectors = sizeof<T>() < 8 ? (c1 - c0) & ~3 : 0;
  if (vectors) {
    if (call.relu) vectorSums<T>(call, c0, c0 + vectors, k, true);
    else vectorSums<T>(call, c0, c0 + vectors, k, false);
  }
  for (let column = c0 + vectors; column < c1; column++) sumsOne<T>(call, column, k);
}

// @ts-ignore: decorator
@inline
function vectorSums<T>(call: Call, c0: u32, c1: u32, k: u32, mask: bool): void {
  const rows = chunkLength(call, k);
  const stride = <usize>call.columns << shiftOf<T>();
  const first = (<usize>k * call.chunkSize * call.columns) << shiftOf<T>();
  clearPartials(partialAt(call, k, c0), c1 - c0);
  for (let row: u32 = 0; row < rows; row += BLOCK) {
    const count = min(BLOCK, rows - row);
    const block = first + row * stride;
    let column = c0;
    for (; column + 16 <= c1; column += 16) {
      strip16<T>(call, block + (<usize>column << shiftOf<T>()), stride, count, column, k, mask);
    }
    for (; column < c1; column += 4) {
      strip4<T>(call, block + (<usize>column << shiftOf<T>()), stride, count, column, k, mask);
    }
  }
}

// @ts-ignore: decorator
@inline
function strip16<T>(
  call: Call,
  place: usize,
  stride: usize,
  count: u32,
  column: u32,
  k: u32,
  mask: bool,
): void {
  const q = <usize>4 << shiftOf<T>();
  const means = call.mean + (<usize>column << columnShift<T>());
  const m0 = v128.load(means);
  const m1 = v128.load(means, 16);
  const m2 = v128.load(means, 32);
  const m3 = v128.load(means, 48);
  let x = call.x + place;
  let dy = call.dy + place;
  let y = call.y + place;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let p0 = s0;
  let p1 = s0;
  let p2 = s0;
  let p3 = s0;
  for (let left = count; left; left--, x += stride, dy += stride) {
    let g0 = load4<T>(dy);
    let g1 = load4<T>(dy + q);
    let g2 = load4<T>(dy + 2 * q);
    let g3 = load4<T>(dy + 3 * q);
    if (mask) {
      g0 = masked4(g0, load4<T>(y));
      g1 = masked4(g1, load4<T>(y + q));
      g2 = masked4(g2, load4<T>(y + 2 * q));
      g3 = masked4(g3, load4<T>(y + 3 * q));
      y += stride;
    }
    s0 = f32x4.add(s0, g0);
    s1 = f32x4.add(s1, g1);
    s2 = f32x4.add(s2, g2);
    s3 = f32x4.add(s3, g3);
    p0 = f32x4.add(p0, f32x4.mul(g0, f32x4.sub(load4<T>(x), m0)));
    p1 = f32x4.add(p1, f32x4.mul(g1, f32x4.sub(load4<T>(x + q), m1)));
    p2 = f32x4.add(p2, f32x4.mul(g2, f32x4.sub(load4<T>(x + 2 * q), m2)));
    p3 = f32x4.add(p3, f32x4.mul(g3, f32x4.sub(load4<T>(x + 3 * q), m3)));
  }
  const partial = partialAt(call, k, column);
  addPartials(partial, s0, p0);
  addPartials(partial + 64, s1, p1);
  addPartials(partial + 128, s2, p2);
  addPartials(partial + 192, s3, p3);
}

// @ts-ignore: decorator
@inline
function strip4<T>(
  call: Call,
  place: usize,
  stride: usize,
  count: u32,
  column: u32,
  k: u32,
  mask: bool,
): void {
  const mean = v128.load(call.mean + (<usize>column << columnShift<T>()));
  let sum = f32x4.splat(0);
  let product = sum;
  for (let left = count; left; left--, place += stride) {
    let g = load4<T>(call.dy + place);
    if (mask) g = masked4(g, load4<T>(call.y + place));
    sum = f32x4.add(sum, g);
    product = f32x4.add(product, f32x4.mul(g, f32x4.sub(load4<T>(call.x + place), mean)));
  }
  addPartials(partialAt(call, k, column), sum, product);
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
