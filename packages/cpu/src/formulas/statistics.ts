import type { VarianceConvention } from "@batchnorm/core";
import { CompensatedSum } from "./compensatedSum.js";
import type { Groups } from "./groups.js";

const sum = new CompensatedSum();

/**
 * Mean and biased variance of each group, in two passes (Ioffe and Szegedy 2015, algorithm 1):
 * mean = 1/m Σ x, variance = 1/m Σ (x − mean)².
 */
export function moments(
  x: Float64Array,
  { batch, count, inner, size }: Groups,
  mean: Float64Array,
  variance: Float64Array,
): void {
  for (let g = 0; g < count; g++) {
    sum.clear();
    for (let n = 0; n < batch; n++) {
      const start = (n * count + g) * inner;
      for (let s = 0; s < inner; s++) sum.add(x[start + s]);
    }
    mean[g] = sum.value / size;

    sum.clear();
    for (let n = 0; n < batch; n++) {
      const start = (n * count + g) * inner;
      for (let s = 0; s < inner; s++) sum.add((x[start + s] - mean[g]) ** 2);
    }
    variance[g] = sum.value / size;
  }
}

/** invStd = 1/√(variance + epsilon). */
export function inverseStandardDeviation(
  variance: Float64Array,
  epsilon: number,
  count: number,
  invStd: Float64Array,
): void {
  for (let g = 0; g < count; g++) invStd[g] = 1 / Math.sqrt(variance[g] + epsilon);
}

/** running = (1 − factor) · running + factor · batch; factor 1 overwrites, so that an old NaN is gone. */
export function average(
  running: Float64Array,
  batch: Float64Array,
  factor: number,
  count: number,
): void {
  for (let g = 0; g < count; g++) {
    running[g] = factor === 1 ? batch[g] : (1 - factor) * running[g] + factor * batch[g];
  }
}

/** What turns the biased variance into that of the convention: m/(m − 1) or 1. */
export function varianceCorrection(convention: VarianceConvention, size: number): number {
  return convention === "unbiased" ? size / (size - 1) : 1;
}
