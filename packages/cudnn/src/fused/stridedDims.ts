import type { BatchNormMode, TensorDescriptor } from "@batchnorm/core";

/** A dim of a tensor and the elements between two steps along it. */
export interface Dim {
  readonly size: number;
  readonly stride: number;
}

/** A tensor as the strided kernels walk it. */
export interface StridedTensor {
  /** Enumerate the parameters, in their own order. */
  readonly kept: readonly Dim[];
  /** Enumerate the values of a parameter. */
  readonly reduced: readonly Dim[];
}

export function stridedTensor(
  mode: BatchNormMode,
  { dims, strides }: TensorDescriptor,
): StridedTensor {
  const all = dims.map((size, axis) => ({ size, stride: strides[axis] }));
  const [items, channels, ...positions] = all;
  if (mode === "perActivation") {
    return { kept: merged([channels, ...positions]), reduced: merged([items]) };
  }
  // Their order is free: that of memory lets neighbouring threads read neighbouring elements.
  const reduced = [items, ...positions].sort((a, b) => b.stride - a.stride);
  return { kept: merged([channels]), reduced: merged(reduced) };
}

/** All dims of a tensor, for what treats every element alike. */
export function elementDims({ dims, strides }: TensorDescriptor): Dim[] {
  const all = dims.map((size, axis) => ({ size, stride: strides[axis] }));
  return merged(all.sort((a, b) => b.stride - a.stride));
}

export function sizeOf(dims: readonly Dim[]): number {
  return dims.reduce((product, { size }) => product * size, 1);
}

/** Dims of 1 go; two that follow one another evenly are one. */
function merged(dims: readonly Dim[]): Dim[] {
  const left: Dim[] = [];
  for (const dim of dims) {
    if (dim.size === 1) continue;
    const outer = left[left.length - 1];
    if (outer !== undefined && outer.stride === dim.size * dim.stride) {
      left[left.length - 1] = { size: outer.size * dim.size, stride: dim.stride };
    } else left.push(dim);
  }
  return left;
}
