import type { TensorDescriptor, TensorFormat } from "@batchnorm/core";

/**
 * How the values of a tensor lie, which decides what is fast:
 * - `rows`: no gaps, one value for each item and channel (2-D, or a spatial size of 1): NCHW and NHWC alike.
 * - `channelsFirst`, `channelsLast`: no gaps, as NCHW or NHWC packs them.
 * - `strided`: anything else.
 */
export type Layout = "rows" | "channelsFirst" | "channelsLast" | "strided";

export function layoutOf({ dims, strides }: TensorDescriptor): Layout {
  const first = isPacked(dims, strides, "NCHW");
  const last = isPacked(dims, strides, "NHWC");
  if (first && last && dims.slice(2).every((dim) => dim <= 1)) return "rows";
  if (first) return "channelsFirst";
  return last ? "channelsLast" : "strided";
}

/** Strides without gaps. A dim of 0 counts as 1. */
export function packedStrides(dims: readonly number[], format: TensorFormat): number[] {
  const strides = new Array<number>(dims.length);
  let next = 1;
  for (const axis of innermostFirst(dims.length, format)) {
    strides[axis] = next;
    next *= Math.max(dims[axis], 1);
  }
  return strides;
}

/** The stride of a dim of 1 says nothing: nobody steps along it. */
function isPacked(dims: readonly number[], strides: readonly number[], format: TensorFormat) {
  const packed = packedStrides(dims, format);
  return dims.every((dim, axis) => dim <= 1 || strides[axis] === packed[axis]);
}

function innermostFirst(rank: number, format: TensorFormat): number[] {
  const space = Array.from({ length: rank - 2 }, (_, i) => rank - 1 - i);
  return format === "NCHW" ? [...space, 1, 0] : [1, ...space, 0];
}
