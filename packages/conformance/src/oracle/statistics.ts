import type { Geometry } from "./geometry.js";
import { sumByGroup } from "./groupSum.js";

/** What a call normalises with: mean + meanRest, and 1/sqrt(variance + epsilon). */
export interface Normaliser {
  readonly mean: Float64Array;
  /** What one float64 cannot hold of the mean. */
  readonly meanRest: Float64Array;
  readonly invStd: Float64Array;
}

export interface BatchStatistics {
  readonly mean: Float64Array;
  readonly meanRest: Float64Array;
  /** Biased: divided by m. */
  readonly variance: Float64Array;
  /** Mean of |x|: what rounding errors of the mean are relative to. */
  readonly meanMagnitude: Float64Array;
}

/** Statistics of one batch, in two passes. */
export function batchStatistics(x: Float64Array, geometry: Geometry): BatchStatistics {
  const m = geometry.valuesPerGroup;
  const mean = sumByGroup(geometry, (i) => x[i]).map((sum) => sum / m);
  const meanRest = sumByGroup(geometry, (i, g) => x[i] - mean[g]).map((sum) => sum / m);
  const variance = sumByGroup(geometry, (i, g) => (x[i] - mean[g] - meanRest[g]) ** 2).map(
    (sum) => sum / m,
  );
  const meanMagnitude = sumByGroup(geometry, (i) => Math.abs(x[i])).map((sum) => sum / m);
  return { mean, meanRest, variance, meanMagnitude };
}

export function batchNormaliser(statistics: BatchStatistics, epsilon: number): Normaliser {
  const { mean, meanRest, variance } = statistics;
  return { mean, meanRest, invStd: inverseStd(variance, epsilon) };
}

/** A mean and a variance as they are stored, such as running statistics. */
export function storedNormaliser(
  mean: Float64Array,
  variance: Float64Array,
  epsilon: number,
): Normaliser {
  return {
    mean,
    meanRest: new Float64Array(mean.length),
    invStd: inverseStd(variance, epsilon),
  };
}

/** The normalised value x̂ of an element. */
export function normalised(
  { mean, meanRest, invStd }: Normaliser,
  value: number,
  group: number,
): number {
  return (value - mean[group] - meanRest[group]) * invStd[group];
}

function inverseStd(variance: Float64Array, epsilon: number): Float64Array {
  return variance.map((value) => 1 / Math.sqrt(value + epsilon));
}
