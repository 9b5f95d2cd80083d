import { Call, chunkLength, columnSize, partialAt } from "../call";
import { loadOne } from "../element";
import { shiftOf } from "../lanes";

/** Below this, squares of float32 have left the range in which they keep their digits. */
const SMALL_VARIANCE: f64 = 1e-34;

// Chunks → column. Always in the order of the chunks, so that results do not depend on threads.

/** The mean over all chunks. */
export function mergedMean(call: Call, column: u32): f64 {
  if (call.chunks == 1) return load<f64>(partialAt(call, 0, column));
  // Around the first chunk's mean: a sum of large means would drop the digits that tell them apart.
  const pivot = load<f64>(partialAt(call, 0, column));
  let sum: f64 = 0;
  for (let k: u32 = 1; k < call.chunks; k++) {
    sum += <f64>chunkLength(call, k) * (load<f64>(partialAt(call, k, column)) - pivot);
  }
  return pivot + sum / <f64>columnSize(call);
}

/** The biased variance over all chunks; a tiny one that epsilon does not hide is summed in float64. */
export function mergedVariance<T>(call: Call, column: u32, mean: f64): f64 {
  const m = <f64>columnSize(call);
  const variance = mergedM2(call, column, mean) / m;
  if (sizeof<T>() == 8 || !(variance + call.epsilon < SMALL_VARIANCE)) return variance;
  return exactM2<T>(call, column, mean) / m;
}

function exactM2<T>(call: Call, column: u32, mean: f64): f64 {
  let m2: f64 = 0;
  for (let n: u32 = 0; n < call.outer; n++) {
    const start = (<usize>n * call.columns + column) * call.inner;
    for (let s: u32 = 0; s < call.inner; s++) {
      const d = loadOne<T>(call.x + ((start + s) << shiftOf<T>())) - mean;
      m2 += d * d;
    }
  }
  return m2;
}

/** M2 over all chunks around `mean` (Chan, Golub and LeVeque 1979). */
function mergedM2(call: Call, column: u32, mean: f64): f64 {
  let m2: f64 = 0;
  for (let k: u32 = 0; k < call.chunks; k++) {
    const partial = partialAt(call, k, column);
    const distance = load<f64>(partial) - mean;
    m2 += load<f64>(partial, 8) + <f64>chunkLength(call, k) * distance * distance;
  }
  return m2;
}

/** The first (offset 0) or second (offset 8) sums of all chunks, added. */
// @ts-ignore: decorator
@inline
export function mergedSum(call: Call, column: u32, offset: usize): f64 {
  let sum: f64 = 0;
  for (let k: u32 = 0; k < call.chunks; k++) sum += load<f64>(partialAt(call, k, column) + offset);
  return sum;
}
