import { Call, chunkLength, partialAt, pivotAt } from "../call";
import { load4, loadOne } from "../element";
import { shiftOf, sum16 } from "../lanes";
import { clearPartials, storeMoments } from "../moments";
import { planeBytes, planeOffset, runLength } from "./pieces";

/** Values summed in float32 before their sums move on to float64. */
export const BLOCK: u32 = 512;

/** Mean and M2 of columns [c0, c1) over chunk `k`: sums of d and d² with d = x − pivot. */
export function planeStats<T>(call: Call, c0: u32, c1: u32, k: u32): void {
  const first = k * call.chunkSize;
  const end = first + chunkLength(call, k);
  const step = planeBytes<T>(call);
  clearPartials(partialAt(call, k, c0), c1 - c0);
  for (let e = first; e < end; ) {
    const length = runLength(call, e, end);
    let x = call.x + planeOffset<T>(call, c0, e);
    for (let column = c0; column < c1; column++, x += step) {
      const pivot = pivotAt(call, k, column);
      if (e == first) store<f64>(pivot, pivotOf<T>(x, length));
      addPiece<T>(x, length, load<f64>(pivot), partialAt(call, k, column));
    }
    e += length;
  }
  for (let column = c0; column < c1; column++) {
    const at = partialAt(call, k, column);
    const pivot = load<f64>(pivotAt(call, k, column));
    storeMoments(at, load<f64>(at), load<f64>(at, 8), pivot, end - first);
  }
}

/** A value near the mean, the mean of the first; one float32 word for the types computed in float32. */
function pivotOf<T>(x: usize, length: u32): f64 {
  const used = min<u32>(length, 8);
  let sum: f64 = 0;
  for (let i: u32 = 0; i < used; i++) sum += loadOne<T>(x + (<usize>i << shiftOf<T>()));
  const pivot = sum / <f64>used;
  return sizeof<T>() < 8 ? <f64>(<f32>pivot) : pivot;
}

/** Adds values that follow one another: sixteen float32 sums at a time, to float64 after every block. */
function addPiece<T>(x: usize, length: u32, pivot: f64, partial: usize): void {
  let sum = load<f64>(partial);
  let square = load<f64>(partial, 8);
  for (const stop = x + (<usize>length << shiftOf<T>()); x < stop; ) {
    const end = min(x + (<usize>BLOCK << shiftOf<T>()), stop);
    if (sizeof<T>() < 8) {
      const step: usize = 4 << shiftOf<T>();
      const p = f32x4.splat(<f32>pivot);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let q0 = s0;
      let q1 = s0;
      let q2 = s0;
      let q3 = s0;
      for (; x + 4 * step <= end; x += 4 * step) {
        const d0 = f32x4.sub(load4<T>(x), p);
        const d1 = f32x4.sub(load4<T>(x + step), p);
        const d2 = f32x4.sub(load4<T>(x + 2 * step), p);
        const d3 = f32x4.sub(load4<T>(x + 3 * step), p);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        s2 = f32x4.add(s2, d2);
        s3 = f32x4.add(s3, d3);
        q0 = f32x4.add(q0, f32x4.mul(d0, d0));
        q1 = f32x4.add(q1, f32x4.mul(d1, d1));
        q2 = f32x4.add(q2, f32x4.mul(d2, d2));
        q3 = f32x4.add(q3, f32x4.mul(d3, d3));
      }
      for (; x + step <= end; x += step) {
        const d = f32x4.sub(load4<T>(x), p);
        s0 = f32x4.add(s0, d);
        q0 = f32x4.add(q0, f32x4.mul(d, d));
      }
      sum += sum16(s0, s1, s2, s3);
      square += sum16(q0, q1, q2, q3);
    }
    for (; x < end; x += sizeof<T>()) {
      const d = loadOne<T>(x) - pivot;
      sum += d;
      square += d * d;
    }
  }
  store<f64>(partial, sum);
  store<f64>(partial, square, 8);
}
