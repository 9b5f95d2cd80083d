import { Call, chunkLength, partialAt } from "../call";
import { load4, loadOne } from "../element";
import { shiftOf, sum16 } from "../lanes";
import { storeMoments } from "../moments";
import { planeOffset, runLength } from "./pieces";

/** Values summed in float32 before their sums move on to float64. */
const BLOCK: u32 = 512;

/**
 * Mean and M2 of one chunk of a column: sums of d and d² with d = x − pivot, sixteen float32 sums at a
 * time, moved to float64 after every block. The pivot is the mean of the first values of the chunk.
 */
export function planeStats<T>(call: Call, column: u32, k: u32): void {
  const first = k * call.chunkSize;
  const end = first + chunkLength(call, k);
  const pivot = pivotOf<T>(call, column, first, end);
  let sum: f64 = 0;
  let square: f64 = 0;
  for (let e = first; e < end; ) {
    const length = min(runLength(call, e, end), BLOCK);
    let at = call.x + planeOffset<T>(call, column, e);
    const stop = at + (<usize>length << shiftOf<T>());
    if (sizeof<T>() < 8) {
      const p = f32x4.splat(<f32>pivot);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let q0 = s0;
      let q1 = s0;
      let q2 = s0;
      let q3 = s0;
      for (const last = at + (<usize>(length & ~15) << shiftOf<T>()); at < last; at += 16 << shiftOf<T>()) {
        const d0 = f32x4.sub(load4<T>(at), p);
        const d1 = f32x4.sub(load4<T>(at + (4 << shiftOf<T>())), p);
        const d2 = f32x4.sub(load4<T>(at + (8 << shiftOf<T>())), p);
        const d3 = f32x4.sub(load4<T>(at + (12 << shiftOf<T>())), p);
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        s2 = f32x4.add(s2, d2);
        s3 = f32x4.add(s3, d3);
        q0 = f32x4.add(q0, f32x4.mul(d0, d0));
        q1 = f32x4.add(q1, f32x4.mul(d1, d1));
        q2 = f32x4.add(q2, f32x4.mul(d2, d2));
        q3 = f32x4.add(q3, f32x4.mul(d3, d3));
      }
      for (; at + (4 << shiftOf<T>()) <= stop; at += 4 << shiftOf<T>()) {
        const d = f32x4.sub(load4<T>(at), p);
        s0 = f32x4.add(s0, d);
        q0 = f32x4.add(q0, f32x4.mul(d, d));
      }
      sum += sum16(s0, s1, s2, s3);
      square += sum16(q0, q1, q2, q3);
    }
    for (; at < stop; at += sizeof<T>()) {
      const d = loadOne<T>(at) - pivot;
      sum += d;
      square += d * d;
    }
    e += length;
  }
  storeMoments(partialAt(call, k, column), sum, square, pivot, end - first);
}

/** A value near the mean; one float32 word for the types computed in float32. */
function pivotOf<T>(call: Call, column: u32, first: u32, end: u32): f64 {
  const length = min<u32>(runLength(call, first, end), 8);
  const start = call.x + planeOffset<T>(call, column, first);
  let sum: f64 = 0;
  for (let i: u32 = 0; i < length; i++) sum += loadOne<T>(start + (<usize>i << shiftOf<T>()));
  const pivot = sum / <f64>length;
  return sizeof<T>() < 8 ? <f64>(<f32>pivot) : pivot;
}
