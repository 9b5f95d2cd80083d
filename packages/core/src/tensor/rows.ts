import { elementCountOf } from "./strides.js";
import type { TensorDescriptor } from "./tensorDescriptor.js";

/**
 * A tensor in logical order (N, C, spatial…) as rows of equal length and stride: row `r` starts at
 * `starts[r]` in storage. Trailing dims that follow one another evenly in memory share a row, so a
 * packed NCHW tensor is one row.
 */
export interface Rows {
  readonly starts: Float64Array;
  readonly length: number;
  readonly stride: number;
}

/** The rows of a tensor. */
export function rowsOf({ dims, strides }: TensorDescriptor): Rows {
  let axis = dims.length - 1;
  let length = dims[axis];
  const stride = strides[axis];
  while (axis > 0 && (dims[axis - 1] === 1 || strides[axis - 1] === length * stride)) {
    axis--;
    length *= dims[axis];
  }
  return { starts: offsetsOf(dims.slice(0, axis), strides), length, stride };
}

/** Storage offsets of all indices over the leading dims, last index fastest. */
function offsetsOf(dims: readonly number[], strides: readonly number[]): Float64Array {
  const offsets = new Float64Array(elementCountOf(dims));
  if (offsets.length === 0) return offsets;
  let filled = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    for (let index = dims[axis] - 1; index >= 1; index--) {
      for (let i = 0; i < filled; i++)
        offsets[index * filled + i] = index * strides[axis] + offsets[i];
    }
    filled *= dims[axis];
  }
  return offsets;
}
