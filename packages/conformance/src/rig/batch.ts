import type { BatchNormMode, TensorSpec } from "@batchnorm/core";
import { roundAll } from "../compare/storage.js";
import { geometryOf } from "../oracle/geometry.js";
import type { Random } from "./random.js";

/** Means of the groups lie within this many standard deviations of 0 unless told otherwise. */
const DEFAULT_OFFSET = 3;

/** Standard normal values for this tensor, representable in its type. */
export function randomValues(random: Random, spec: TensorSpec): Float64Array {
  const values = new Float64Array(elementCount(spec)).map(() => random.normal());
  return roundAll(spec.dataType, values);
}

/** Values whose groups each have a mean and a standard deviation of their own. */
export function randomBatch(
  random: Random,
  spec: TensorSpec,
  mode: BatchNormMode,
  offset = DEFAULT_OFFSET,
): Float64Array {
  const { groups, groupOf } = geometryOf(mode, spec.dims);
  const std = new Float64Array(groups).map(() => random.between(0.5, 2));
  const mean = std.map((deviation) => deviation * random.between(-offset, offset));
  const values = new Float64Array(groupOf.length);
  groupOf.forEach((group, index) => {
    values[index] = mean[group] + std[group] * random.normal();
  });
  return roundAll(spec.dataType, values);
}

export function elementCount({ dims }: TensorSpec): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
