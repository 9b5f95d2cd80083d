import { Call, chunkLength, partialAt } from "../call";
import { loadColumn } from "../columns/workspace";
import { load4, loadOne } from "../element";
import { masked4, maskedOne, No, normal4, shiftOf, sum16, Yes } from "../lanes";
import { clearPartials } from "../moments";
import { planeBytes, planeOffset, runLength } from "./pieces";
import { BLOCK } from "./stats";

/**
 * Σ dy and Σ dy · (x − mean) · invStd of columns [c0, c1) over one chunk, dy as it is before the
 * activation. With invStd inside, the products keep to the range of float32 whatever the unit of x.
 */
export function planeGradientSums<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const end = k * call.chunkSize + chunkLength(call, k);
  const step = planeBytes<T>(call);
  clearPartials(partialAt(call, k, c0), c1 - c0);
  for (let e = k * call.chunkSize; e < end; ) {
    const length = runLength(call, e, end);
    let place = planeOffset<T>(call, c0, e);
    for (let column = c0; column < c1; column++, place += step) {
      const mean = loadColumn<T>(call.mean, column);
      const invStd = loadColumn<T>(call.slope, column);
      const partial = partialAt(call, k, column);
      if (call.relu) addPiece<T, Yes>(call, place, length, mean, invStd, partial);
      else addPiece<T, No>(call, place, length, mean, invStd, partial);
    }
    e += length;
  }
}

/** Adds values that follow one another; `Mask` says whether y masks dy. */
function addPiece<T, Mask>(
  call: Call,
  place: usize,
  length: u32,
  mean: f64,
  invStd: f64,
  partial: usize,
): void {
  let x = call.x + place;
  let dy = call.dy + place;
  let y = call.y + place;
  let sum = load<f64>(partial);
  let product = load<f64>(partial, 8);
  for (const stop = x + (<usize>length << shiftOf<T>()); x < stop; ) {
    const end = min(x + (<usize>BLOCK << shiftOf<T>()), stop);
    if (sizeof<T>() < 8) {
      const step: usize = 4 << shiftOf<T>();
      const m = f32x4.splat(<f32>mean);
      const r = f32x4.splat(<f32>invStd);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let p0 = s0;
      let p1 = s0;
      let p2 = s0;
      let p3 = s0;
      for (; x + 4 * step <= end; x += 4 * step, dy += 4 * step, y += 4 * step) {
        const g0 = gradient4<T, Mask>(dy, y);
        const g1 = gradient4<T, Mask>(dy + step, y + step);
        const g2 = gradient4<T, Mask>(dy + 2 * step, y + 2 * step);
        const g3 = gradient4<T, Mask>(dy + 3 * step, y + 3 * step);
        s0 = f32x4.add(s0, g0);
        s1 = f32x4.add(s1, g1);
        s2 = f32x4.add(s2, g2);
        s3 = f32x4.add(s3, g3);
        p0 = f32x4.add(p0, f32x4.mul(g0, normal4(load4<T>(x), m, r)));
        p1 = f32x4.add(p1, f32x4.mul(g1, normal4(load4<T>(x + step), m, r)));
        p2 = f32x4.add(p2, f32x4.mul(g2, normal4(load4<T>(x + 2 * step), m, r)));
        p3 = f32x4.add(p3, f32x4.mul(g3, normal4(load4<T>(x + 3 * step), m, r)));
      }
      for (; x + step <= end; x += step, dy += step, y += step) {
        const g = gradient4<T, Mask>(dy, y);
        s0 = f32x4.add(s0, g);
        p0 = f32x4.add(p0, f32x4.mul(g, normal4(load4<T>(x), m, r)));
      }
      sum += sum16(s0, s1, s2, s3);
      product += sum16(p0, p1, p2, p3);
    }
    for (; x < end; x += sizeof<T>(), dy += sizeof<T>(), y += sizeof<T>()) {
      let g = loadOne<T>(dy);
      if (sizeof<Mask>() == sizeof<Yes>()) g = maskedOne(g, loadOne<T>(y));
      sum += g;
      product += g * ((loadOne<T>(x) - mean) * invStd);
    }
  }
  store<f64>(partial, sum);
  store<f64>(partial, product, 8);
}

/** Four values of dy as before the activation. */
// @ts-ignore: decorator
@inline
export function gradient4<T, Mask>(dy: usize, y: usize): v128 {
  if (sizeof<Mask>() == sizeof<Yes>()) return masked4(load4<T>(dy), load4<T>(y));
  return load4<T>(dy);
}
