import {
  BatchNormError,
  type BatchNormMode,
  describeDescriptor,
  type TensorDescriptor,
} from "@batchnorm/core";
import { layoutOf, packedStrides } from "./layout.js";

/** A tensor and its parameters as cuDNN shall see them: 4 or 5 dims, the same memory. */
export interface View {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly parameterDims: readonly number[];
  readonly parameterStrides: readonly number[];
}

type Order = "NCHW" | "NHWC";

/** cuDNN takes dims and strides as 32-bit integers. */
const MAX_INT = 2 ** 31 - 1;

/**
 * The tensor as it is described: ranks 2 and 3 padded to 4, 4 and 5 as they are. Of higher ranks the
 * positions become one dim, where they are packed.
 * @throws BatchNormError `UNSUPPORTED`
 */
export function imageView(mode: BatchNormMode, x: TensorDescriptor): View {
  const layout = layoutOf(x);
  const isHigh = x.dims.length > 5;
  if (isHigh && layout === "strided") {
    throw unsupported(x, "at most 5 dims where they are not packed, as cuDNN takes no more");
  }
  const dims = isHigh ? mergedDims(x) : paddedDims(x);
  const strides = layout === "strided" ? paddedStrides(x) : packedStrides(dims, orderOf(x));
  return viewOf(x, dims, strides, mode === "perActivation" ? dims.slice(2) : []);
}

/** Packed, with one value for each item and column: the columns are the channels, or all of an item. */
export function rowsView(x: TensorDescriptor, order: Order): View {
  const [batch, channels, positions] = mergedDims(x);
  const dims = [batch, channels * positions, 1, 1];
  return viewOf(x, dims, packedStrides(dims, order), []);
}

/** A tensor of the layout `rows` or `channelsLast`, as one image of a single column in NHWC. */
export function columnView(x: TensorDescriptor): View {
  const [batch, channels, positions] = mergedDims(x);
  const dims = [1, channels, batch * positions, 1];
  return viewOf(x, dims, packedStrides(dims, "NHWC"), []);
}

/** N, C and all positions as one dim, whose strides are those of a packed tensor. */
export function mergedDims(x: TensorDescriptor): number[] {
  const [batch, channels, ...space] = x.dims.map(atLeastOne);
  return [batch, channels, space.reduce((product, dim) => product * dim, 1), 1];
}

function orderOf(x: TensorDescriptor): Order {
  return layoutOf(x) === "channelsLast" ? "NHWC" : "NCHW";
}

function paddedDims(x: TensorDescriptor): number[] {
  return [...x.dims.map(atLeastOne), 1, 1].slice(0, Math.max(4, x.dims.length));
}

/** Along a dim of 1 nobody steps: the neighbour's stride keeps the order of dims readable. */
function paddedStrides({ dims, strides }: TensorDescriptor): number[] {
  const last = strides[strides.length - 1];
  return [...strides, last, last].slice(0, Math.max(4, dims.length));
}

/** Empty dims count as 1, so that also an empty x has descriptors for its parameters. */
function atLeastOne(dim: number): number {
  return Math.max(dim, 1);
}

function viewOf(
  x: TensorDescriptor,
  dims: readonly number[],
  strides: readonly number[],
  positions: readonly number[],
): View {
  if ([...dims, ...strides].some((value) => value > MAX_INT)) {
    throw unsupported(x, "dims and strides below 2^31, as cuDNN counts in 32 bits");
  }
  const ones = dims.slice(2).fill(1);
  const parameterDims = [1, dims[1], ...(positions.length > 0 ? positions : ones)];
  return { dims, strides, parameterDims, parameterStrides: packedStrides(parameterDims, "NCHW") };
}

function unsupported(x: TensorDescriptor, expected: string): BatchNormError {
  const received = describeDescriptor(x);
  return new BatchNormError("UNSUPPORTED", `cudnn: x: expected ${expected}, received ${received}`, {
    details: { argument: "x", expected, received },
  });
}
