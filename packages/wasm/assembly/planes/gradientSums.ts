import { Call, chunkLength, partialAt } from "../call";
import { loadColumn } from "../columns/workspace";
import { load4, loadOne } from "../element";
import { masked4, maskedOne, shiftOf, sum16 } from "../lanes";
import { planeOffset, runLength } from "./pieces";

/** Values summed in float32 before their sums move on to float64. */
const BLOCK: u32 = 512;

/** Σ dy and Σ dy · (x − mean) of one chunk of a column, dy as it is before the activation. */
export function planeGradientSums<T>(call: Call, column: u32, k: u32): void {
  if (call.relu) sumChunk<T>(call, column, k, true);
  else sumChunk<T>(call, column, k, false);
}

// @ts-ignore: decorator
@inline
function sumChunk<T>(call: Call, column: u32, k: u32, mask: bool): void {
  const first = k * call.chunkSize;
  const end = first + chunkLength(call, k);
  const mean = loadColumn<T>(call.mean, column);
  const m = f32x4.splat(<f32>mean);
  let sum: f64 = 0;
  let product: f64 = 0;
  for (let e = first; e < end; ) {
    const length = min(runLength(call, e, end), BLOCK);
    const place = planeOffset<T>(call, column, e);
    const bytes = <usize>length << shiftOf<T>();
    const x = call.x + place;
    const dy = call.dy + place;
    const y = call.y + place;
    let i: usize = 0;
    if (sizeof<T>() < 8) {
      const step: usize = 4 << shiftOf<T>();
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let p0 = s0;
      let p1 = s0;
      let s2 = s0;
      let s3 = s0;
      let p2 = s0;
      let p3 = s0;
      for (const unrolled = bytes & ~(4 * step - 1); i < unrolled; i += 4 * step) {
        let g0 = load4<T>(dy + i);
        let g1 = load4<T>(dy + i + step);
        let g2 = load4<T>(dy + i + 2 * step);
        let g3 = load4<T>(dy + i + 3 * step);
        if (mask) {
          g0 = masked4(g0, load4<T>(y + i));
          g1 = masked4(g1, load4<T>(y + i + step));
          g2 = masked4(g2, load4<T>(y + i + 2 * step));
          g3 = masked4(g3, load4<T>(y + i + 3 * step));
        }
        s0 = f32x4.add(s0, g0);
        s1 = f32x4.add(s1, g1);
        s2 = f32x4.add(s2, g2);
        s3 = f32x4.add(s3, g3);
        p0 = f32x4.add(p0, f32x4.mul(g0, f32x4.sub(load4<T>(x + i), m)));
        p1 = f32x4.add(p1, f32x4.mul(g1, f32x4.sub(load4<T>(x + i + step), m)));
        p2 = f32x4.add(p2, f32x4.mul(g2, f32x4.sub(load4<T>(x + i + 2 * step), m)));
        p3 = f32x4.add(p3, f32x4.mul(g3, f32x4.sub(load4<T>(x + i + 3 * step), m)));
      }
      for (; i + step <= bytes; i += step) {
        let g = load4<T>(dy + i);
        if (mask) g = masked4(g, load4<T>(y + i));
        s0 = f32x4.add(s0, g);
        p0 = f32x4.add(p0, f32x4.mul(g, f32x4.sub(load4<T>(x + i), m)));
      }
      sum += sum16(s0, s1, s2, s3);
      product += sum16(p0, p1, p2, p3);
    }
    for (; i < bytes; i += sizeof<T>()) {
      let g = loadOne<T>(dy + i);
      if (mask) g = maskedOne(g, loadOne<T>(y + i));
      sum += g;
      product += g * (loadOne<T>(x + i) - mean);
    }
    e += length;
  }
  const partial = partialAt(call, k, column);
  store<f64>(partial, sum);
  store<f64>(partial, product, 8);
}
