import type { Groups } from "./groups.js";

/**
 * y = (x − mean) · invStd · scale + bias (Ioffe and Szegedy 2015, algorithm 1). Not folded into one
 * product and sum: at mean/std = 1000 folding costs 24 times the error. y may be x.
 */
export function normalize(
  x: Float64Array,
  { batch, count, inner }: Groups,
  mean: Float64Array,
  invStd: Float64Array,
  scale: Float64Array,
  bias: Float64Array,
  y: Float64Array,
): void {
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < count; g++) {
      const start = (n * count + g) * inner;
      for (let i = start; i < start + inner; i++) {
        y[i] = (x[i] - mean[g]) * invStd[g] * scale[g] + bias[g];
      }
    }
  }
}

/** The values after the residual; `length` of them. */
export function addResidual(values: Float64Array, z: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) values[i] += z[i];
}

/** max(value, 0); NaN passes. */
export function relu(values: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) if (values[i] < 0) values[i] = 0;
}

/** The gradient before the ReLU: 0 where its stored output y is 0 or less; where y is NaN it passes. */
export function maskGradient(gradient: Float64Array, y: Float64Array, length: number): void {
  for (let i = 0; i < length; i++) if (y[i] <= 0) gradient[i] = 0;
}
