import type { BatchNormMode, Capabilities, DataType, TensorSpec } from "@batchnorm/core";
import { BATCH_NORM_MODES, DATA_TYPES } from "@batchnorm/core";

/** A packed NCHW tensor of float32, unless told otherwise. */
export function specOf(dims: readonly number[], change: Partial<TensorSpec> = {}): TensorSpec {
  return { dataType: "float32", format: "NCHW", dims, ...change };
}

export const MODES: readonly BatchNormMode[] = BATCH_NORM_MODES;

/** Modes with one statistic for each channel. */
export const SPATIAL_MODES: readonly BatchNormMode[] = ["spatial", "spatialPersistent"];

export const FORMATS = ["NCHW", "NHWC"] as const;

/** Declared data types, in the order of core. */
export function dataTypesOf({ dataTypes }: Capabilities): DataType[] {
  return DATA_TYPES.filter((dataType) => dataTypes.includes(dataType));
}

/** Dims for each rank from 2 to 6 that the backend takes, with the same N and C. */
export function dimsOfRanks({ maxRank }: Capabilities): number[][] {
  const all = [
    [4, 3],
    [4, 3, 12],
    [4, 3, 4, 3],
    [4, 3, 2, 2, 3],
    [4, 3, 2, 1, 2, 3],
  ];
  return all.filter((dims) => maxRank === null || dims.length <= maxRank);
}
