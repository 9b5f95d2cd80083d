import { Call, chunkLength, columnSize, partialAt } from "../call";

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

/** M2 over all chunks around `mean` (Chan, Golub and LeVeque 1979). */
export function mergedM2(call: Call, column: u32, mean: f64): f64 {
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
