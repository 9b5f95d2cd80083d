import { CompensatedSum } from "./compensatedSum.js";
import type { Groups } from "./groups.js";

const sum = new CompensatedSum();

/**
 * dBias = Σ dy and dScale = Σ dy · x̂ of each group, with x̂ = (x − mean) · invStd
 * (Ioffe and Szegedy 2015, section 3). An empty group gives 0.
 */
export function parameterGradients(
  x: Float64Array,
  dy: Float64Array,
  { batch, count, inner }: Groups,
  mean: Float64Array,
  invStd: Float64Array,
  dScale: Float64Array,
  dBias: Float64Array,
): void {
  for (let g = 0; g < count; g++) {
    sum.clear();
    for (let n = 0; n < batch; n++) {
      const start = (n * count + g) * inner;
      for (let i = start; i < start + inner; i++) sum.add(dy[i]);
    }
    dBias[g] = sum.value;

    sum.clear();
    for (let n = 0; n < batch; n++) {
      const start = (n * count + g) * inner;
      for (let i = start; i < start + inner; i++) sum.add(dy[i] * (x[i] - mean[g]) * invStd[g]);
    }
    dScale[g] = sum.value;
  }
}

/**
 * dx = scale · invStd · (dy − (dBias + x̂ · dScale)/m): mean and variance are functions of x too, and
 * their gradients fold into the last two terms. dx may be dy.
 */
export function inputGradient(
  x: Float64Array,
  dy: Float64Array,
  { batch, count, inner, size }: Groups,
  mean: Float64Array,
  invStd: Float64Array,
  scale: Float64Array,
  dScale: Float64Array,
  dBias: Float64Array,
  dx: Float64Array,
): void {
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < count; g++) {
      const start = (n * count + g) * inner;
      for (let i = start; i < start + inner; i++) {
        const normalized = (x[i] - mean[g]) * invStd[g];
        dx[i] = scale[g] * invStd[g] * (dy[i] - (dBias[g] + normalized * dScale[g]) / size);
      }
    }
  }
}

/** dx = scale · invStd · dy: the statistics are constants here. dx may be dy. */
export function inputGradientOfFixed(
  dy: Float64Array,
  { batch, count, inner }: Groups,
  invStd: Float64Array,
  scale: Float64Array,
  dx: Float64Array,
): void {
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < count; g++) {
      const start = (n * count + g) * inner;
      for (let i = start; i < start + inner; i++) dx[i] = scale[g] * invStd[g] * dy[i];
    }
  }
}
