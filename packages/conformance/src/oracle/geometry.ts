import type { BatchNormMode } from "@batchnorm/core";

/** Which values share a statistic, for values in logical order N, C, spatial…. */
export interface Geometry {
  /** Number of statistics. */
  readonly groups: number;
  /** Values of each statistic: the m of the formulas. */
  readonly valuesPerGroup: number;
  /** The statistic of each value; as long as there are values. */
  readonly groupOf: Int32Array;
}

/** Spatial modes: one group for each channel. Per activation: one for each (C, spatial…), C-major. */
export function geometryOf(mode: BatchNormMode, dims: readonly number[]): Geometry {
  const [batch, channels, ...spatial] = dims;
  const area = spatial.reduce((product, dim) => product * dim, 1);
  const perActivation = mode === "perActivation";
  const groups = perActivation ? channels * area : channels;
  const groupOf = new Int32Array(batch * channels * area);
  for (let index = 0; index < groupOf.length; index++) {
    const withinItem = index % (channels * area);
    groupOf[index] = perActivation ? withinItem : Math.floor(withinItem / area);
  }
  return { groups, valuesPerGroup: groupOf.length / groups, groupOf };
}
