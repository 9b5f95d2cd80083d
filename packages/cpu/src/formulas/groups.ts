import type { BatchNormMode, TensorDescriptor } from "@batchnorm/core";

/**
 * Which values share a statistic. In logical order value (n, g, s) lies at (n · count + g) · inner + s,
 * and group g is all n and s: in the spatial modes g is the channel and s the position; per activation
 * g is channel and position together, and inner is 1.
 */
export interface Groups {
  readonly batch: number;
  readonly count: number;
  readonly inner: number;
  /** m: values in each group. */
  readonly size: number;
}

export function groupsOf(mode: BatchNormMode, { dims }: TensorDescriptor): Groups {
  const [batch, channels, ...spatial] = dims;
  const positions = spatial.reduce((product, dim) => product * dim, 1);
  return mode === "perActivation"
    ? { batch, count: channels * positions, inner: 1, size: batch }
    : { batch, count: channels, inner: positions, size: batch * positions };
}
