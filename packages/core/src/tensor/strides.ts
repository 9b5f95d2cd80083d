import type { TensorFormat } from "../vocabulary/tensorFormat.js";

/** Strides without gaps in the order of `format`. A dim of 0 counts as 1, so that strides stay positive. */
export function packedStrides(dims: readonly number[], format: TensorFormat): number[] {
  const strides = new Array<number>(dims.length);
  let next = 1;
  for (const axis of storageOrder(dims.length, format).reverse()) {
    strides[axis] = next;
    next *= Math.max(dims[axis], 1);
  }
  return strides;
}

/** Axes from the outermost to the innermost in memory. */
export function storageOrder(rank: number, format: TensorFormat): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return format === "NCHW" ? axes : [0, ...axes.slice(2), 1];
}

export function elementCountOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Elements from the first to the last in memory; 0 for an empty tensor. */
export function storageLengthOf(dims: readonly number[], strides: readonly number[]): number {
  if (dims.includes(0)) return 0;
  return dims.reduce((length, dim, axis) => length + (dim - 1) * strides[axis], 1);
}
