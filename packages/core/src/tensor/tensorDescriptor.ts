import { argumentError } from "../errors/argumentError.js";
import { checkObject, checkOneOf } from "../errors/check.js";
import { bytesPerElement, DATA_TYPES, type DataType } from "../vocabulary/dataType.js";
import { TENSOR_FORMATS, type TensorFormat } from "../vocabulary/tensorFormat.js";
import { elementCountOf, packedStrides, storageLengthOf } from "./strides.js";

/** What a caller writes to describe a tensor. */
export interface TensorSpec<T extends DataType = DataType> {
  readonly dataType: T;
  readonly format: TensorFormat;
  /** Logical dims N, C, spatial…; rank 2 and up, C at least 1, the others at least 0. */
  readonly dims: readonly number[];
  /** Elements between neighbours along each dim, at least 1. Default: packed in `format`. */
  readonly strides?: readonly number[] | undefined;
}

/** A checked, frozen {@link TensorSpec} with what follows from it. */
export interface TensorDescriptor<T extends DataType = DataType> extends TensorSpec<T> {
  readonly strides: readonly number[];
  /** Product of dims. */
  readonly elementCount: number;
  /** Elements from the first to the last in memory, gaps included: the length of host arrays. */
  readonly storageLength: number;
  readonly byteLength: number;
  /** No gaps, in the order of `format`. */
  readonly packed: boolean;
  /** Equal for equal descriptors. */
  readonly key: string;
}

const checkedDescriptors = new WeakSet<object>();

/**
 * Checks and freezes a description of a tensor; a descriptor made here is returned as it is.
 * @throws BatchNormError `INVALID_DESCRIPTOR`, or `INVALID_ARGUMENT` for another data type or format
 */
export function createTensorDescriptor<T extends DataType>(
  spec: TensorSpec<T>,
  call = "createTensorDescriptor",
): TensorDescriptor<T> {
  if (isTensorDescriptor(spec)) return spec as TensorDescriptor<T>;
  const given = checkObject(call, "descriptor", spec);
  const dataType = checkOneOf(call, "dataType", given.dataType, DATA_TYPES) as T;
  const format = checkOneOf(call, "format", given.format, TENSOR_FORMATS);
  const dims = checkDims(call, given.dims);
  checkSize(call, dims, bytesPerElement(dataType));
  const packed = packedStrides(dims, format);
  const strides =
    given.strides === undefined ? packed : checkStrides(call, given.strides, dims.length);
  const storageLength = storageLengthOf(dims, strides);
  const byteLength = storageLength * bytesPerElement(dataType);
  if (!Number.isSafeInteger(byteLength)) {
    throw invalid(call, "strides", "a tensor of under 2^53 bytes", given.strides);
  }
  const descriptor: TensorDescriptor<T> = Object.freeze({
    dataType,
    format,
    dims: Object.freeze(dims),
    strides: Object.freeze(strides),
    elementCount: elementCountOf(dims),
    storageLength,
    byteLength,
    packed: strides.every((stride, axis) => stride === packed[axis]),
    key: `${dataType} ${format} ${dims.join("x")} ${strides.join(",")}`,
  });
  checkedDescriptors.add(descriptor);
  return descriptor;
}

export function isTensorDescriptor(value: unknown): value is TensorDescriptor {
  return typeof value === "object" && value !== null && checkedDescriptors.has(value);
}

/** Same data type, dims and strides: every element lies at the same place. */
export function sameLayout(a: TensorDescriptor, b: TensorDescriptor): boolean {
  return (
    a === b ||
    (a.dataType === b.dataType && sameNumbers(a.dims, b.dims) && sameNumbers(a.strides, b.strides))
  );
}

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** `float32 NCHW 8x16x14x14`, with strides where they are not packed. */
export function describeDescriptor(descriptor: TensorDescriptor): string {
  const { dataType, format, dims, strides, packed } = descriptor;
  const suffix = packed ? "" : ` strides ${strides.join(",")}`;
  return `${dataType} ${format} ${dims.join("x")}${suffix}`;
}

function checkDims(call: string, value: unknown): number[] {
  if (!Array.isArray(value) || value.length < 2) {
    throw invalid(call, "dims", "an array of at least 2 integers (N, C, spatial…)", value);
  }
  const dims: unknown[] = Array.from(value);
  const badAxis = dims.findIndex((dim, axis) => !isIntegerFrom(axis === 1 ? 1 : 0, dim));
  if (badAxis >= 0) {
    const least = badAxis === 1 ? 1 : 0;
    throw invalid(call, `dims[${badAxis}]`, `an integer of at least ${least}`, dims[badAxis]);
  }
  return dims as number[];
}

/** A dim of 0 counts as 1 here, as it does for strides. */
function checkSize(call: string, dims: readonly number[], elementSize: number): void {
  const size = dims.reduce((product, dim) => product * Math.max(dim, 1), elementSize);
  if (!Number.isSafeInteger(size))
    throw invalid(call, "dims", "a tensor of under 2^53 bytes", dims);
}

function checkStrides(call: string, value: unknown, rank: number): number[] {
  if (!Array.isArray(value) || value.length !== rank) {
    throw invalid(call, "strides", `an array of ${rank} integers, one for each dim`, value);
  }
  const strides: unknown[] = Array.from(value);
  const badAxis = strides.findIndex((stride) => !isIntegerFrom(1, stride));
  if (badAxis >= 0) {
    throw invalid(call, `strides[${badAxis}]`, "an integer of at least 1", strides[badAxis]);
  }
  return strides as number[];
}

function isIntegerFrom(least: number, value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least;
}

function invalid(call: string, argument: string, expected: string, received: unknown) {
  return argumentError("INVALID_DESCRIPTOR", { call, argument, expected, received });
}
