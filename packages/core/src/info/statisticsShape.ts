import { packedStrides } from "../tensor/strides.js";
import type { BatchNormMode } from "../vocabulary/batchNormMode.js";
import type { StatisticsDataType } from "../vocabulary/dataType.js";
import { checkArray } from "./checks.js";
import { type Field, refuse } from "./field.js";

/** What the statistics of a layer look like; each of its buffers has this type and length. */
export interface StatisticsShape {
  readonly dataType: StatisticsDataType;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly count: number;
}

/** Far beyond what an array can hold, and small enough that byte and base64 lengths stay exact. */
const MAX_COUNT = 2 ** 48;

/** Checks dims and strides before anything is allocated for the buffers. */
export function checkStatisticsShape(
  mode: BatchNormMode,
  dataType: StatisticsDataType,
  dimsField: Field,
  stridesField: Field,
): StatisticsShape {
  const dims = checkDims(mode, dimsField);
  const count = checkCount(dimsField, dims);
  const strides = checkStrides(stridesField, dims);
  return { dataType, dims: Object.freeze(dims), strides: Object.freeze(strides), count };
}

function checkDims(mode: BatchNormMode, field: Field): number[] {
  const expected = "an array of at least 2 integers (1, C, spatial…)";
  const isLong = (length: number) => length >= 2;
  return checkArray(field, expected, isLong, (dim, axis) => {
    if (!Number.isSafeInteger(dim) || (dim as number) < 1) return "an integer of at least 1";
    if (axis === 0) return dim === 1 ? null : "1, since statistics are over N";
    if (axis === 1 || mode === "perActivation" || dim === 1) return null;
    return `1, since mode ${mode} has one statistic for each channel`;
  }) as number[];
}

function checkCount(field: Field, dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) {
    count *= dim;
    if (count > MAX_COUNT) throw refuse(field, "a product of at most 2^48");
  }
  return count;
}

function checkStrides(field: Field, dims: readonly number[]): number[] {
  const expected = `an array of ${dims.length} integers, one for each dim`;
  const fits = (length: number) => length === dims.length;
  const packed = packedStrides(dims, "NCHW");
  return checkArray(field, expected, fits, (stride, axis) =>
    stride === packed[axis] ? null : `${packed[axis]}, the packed stride`,
  ) as number[];
}
