import { backward4, backwardOne } from "../backwardFormula";
import { Call, chunkLength } from "../call";
import { loadColumn } from "../columns/workspace";
import { load4, loadOne, store4, store8, storeOne } from "../element";
import { masked4, maskedOne, No, shiftOf, Yes } from "../lanes";
import { planeBytes, planeOffset, runLength } from "./pieces";

/** dx (and dz) of columns [c0, c1) over one chunk. With `fixed` the statistics do not depend on x. */
export function planeInputGradient<T>(
  call: Call,
  c0: u32,
  c1: u32,
  k: u32,
  fixed: bool,
): void {
  const end = k * call.chunkSize + chunkLength(call, k);
  const step = planeBytes<T>(call);
  const plain = !call.relu && !call.dz && call.beta == 0;
  for (let e = k * call.chunkSize; e < end; ) {
    const length = runLength(call, e, end);
    let place = planeOffset<T>(call, c0, e);
    for (let column = c0; column < c1; column++, place += step) {
      if (plain && fixed) gradientPiece<T, Yes>(call, column, place, length);
      else if (plain) gradientPiece<T, No>(call, column, place, length);
      else gradientExtras<T>(call, column, place, length, fixed);
    }
    e += length;
  }
}

/** The bare form: no mask, no residual, no blending. */
function gradientPiece<T, Fixed>(call: Call, column: u32, place: usize, length: u32): void {
  const mean = loadColumn<T>(call.mean, column);
  const factor = loadColumn<T>(call.factor, column);
  const slope = loadColumn<T>(call.slope, column);
  const offset = loadColumn<T>(call.offset, column);
  let x = call.x + place;
  let dy = call.dy + place;
  let dx = call.dx + place;
  const stop = x + (<usize>length << shiftOf<T>());
  if (sizeof<T>() < 8) {
    const step: usize = 4 << shiftOf<T>();
    const m = f32x4.splat(<f32>mean);
    const a = f32x4.splat(<f32>factor);
    const s = f32x4.splat(<f32>slope);
    const b = f32x4.splat(<f32>offset);
    for (; x + 4 * step <= stop; x += 4 * step, dy += 4 * step, dx += 4 * step) {
      const v0 = inputGradient4<T, Fixed>(dy, x, m, a, s, b);
      const v1 = inputGradient4<T, Fixed>(dy + step, x + step, m, a, s, b);
      const v2 = inputGradient4<T, Fixed>(dy + 2 * step, x + 2 * step, m, a, s, b);
      const v3 = inputGradient4<T, Fixed>(dy + 3 * step, x + 3 * step, m, a, s, b);
      store8<T>(dx, v0, v1);
      store8<T>(dx + 2 * step, v2, v3);
    }
    for (; x + step <= stop; x += step, dy += step, dx += step) {
      store4<T>(dx, inputGradient4<T, Fixed>(dy, x, m, a, s, b));
    }
  }
  for (; x < stop; x += sizeof<T>(), dy += sizeof<T>(), dx += sizeof<T>()) {
    const g = loadOne<T>(dy);
    if (sizeof<Fixed>() == sizeof<Yes>()) storeOne<T>(dx, factor * g);
    else storeOne<T>(dx, backwardOne(g, loadOne<T>(x), mean, factor, slope, offset));
  }
}

// @ts-ignore: decorator
@inline
function inputGradient4<T, Fixed>(
  dy: usize,
  x: usize,
  mean: v128,
  factor: v128,
  slope: v128,
  offset: v128,
): v128 {
  if (sizeof<Fixed>() == sizeof<Yes>()) return f32x4.mul(factor, load4<T>(dy));
  return backward4(load4<T>(dy), load4<T>(x), mean, factor, slope, offset);
}

/** With mask, dz or blending. */
function gradientExtras<T>(
  call: Call,
  column: u32,
  place: usize,
  length: u32,
  fixed: bool,
): void {
  const mean = loadColumn<T>(call.mean, column);
  const factor = loadColumn<T>(call.factor, column);
  const slope = loadColumn<T>(call.slope, column);
  const offset = loadColumn<T>(call.offset, column);
  const m = f32x4.splat(<f32>mean);
  const a = f32x4.splat(<f32>factor);
  const s = f32x4.splat(<f32>slope);
  const b = f32x4.splat(<f32>offset);
  // In locals: a store might change the call, for all the compiler knows.
  const relu = call.relu;
  const residual = call.dz != 0;
  const beta = call.beta;
  const betas = f32x4.splat(<f32>beta);
  const x = call.x + place;
  const dy = call.dy + place;
  const dx = call.dx + place;
  const y = call.y + place;
  const dz = call.dz + place;
  const bytes = <usize>length << shiftOf<T>();
  const step: usize = 4 << shiftOf<T>();
  let i: usize = 0;
  if (sizeof<T>() < 8) {
    for (; i + step <= bytes; i += step) {
      let g = load4<T>(dy + i);
      if (relu) g = masked4(g, load4<T>(y + i));
      if (residual) store4<T>(dz + i, g);
      let value = fixed ? f32x4.mul(a, g) : backward4(g, load4<T>(x + i), m, a, s, b);
      if (beta != 0) value = f32x4.add(value, f32x4.mul(betas, load4<T>(dx + i)));
      store4<T>(dx + i, value);
    }
  }
  for (; i < bytes; i += sizeof<T>()) {
    let g = loadOne<T>(dy + i);
    if (relu) g = maskedOne(g, loadOne<T>(y + i));
    if (residual) storeOne<T>(dz + i, g);
    let value = fixed
      ? factor * g
      : backwardOne(g, loadOne<T>(x + i), mean, factor, slope, offset);
    if (beta != 0) value += beta * loadOne<T>(dx + i);
    storeOne<T>(dx + i, value);
  }
}
