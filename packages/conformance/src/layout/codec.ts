import {
  bfloat16,
  type DataType,
  float16,
  hostArray,
  type TensorDescriptor,
} from "@batchnorm/core";
import { offsetsOf } from "./offsets.js";

/** Bytes as they lie in memory → values in logical order. */
export function decodeBytes(
  descriptor: TensorDescriptor,
  bytes: Uint8Array<ArrayBuffer>,
): Float64Array {
  const elements = hostArray(descriptor.dataType, bytes.buffer);
  return offsetsOf(descriptor).map((offset) => toNumber(descriptor.dataType, elements[offset]));
}

/** Writes values in logical order into bytes; gaps stay. */
export function encodeBytes(
  descriptor: TensorDescriptor,
  values: ArrayLike<number>,
  bytes: Uint8Array<ArrayBuffer>,
): void {
  const elements = hostArray(descriptor.dataType, bytes.buffer);
  offsetsOf(descriptor).forEach((offset, index) => {
    elements[offset] = toElement(descriptor.dataType, values[index]);
  });
}

function toNumber(dataType: DataType, element: number): number {
  if (dataType === "float16") return float16.decode(element);
  return dataType === "bfloat16" ? bfloat16.decode(element) : element;
}

function toElement(dataType: DataType, value: number): number {
  if (dataType === "float16") return float16.encode(value);
  return dataType === "bfloat16" ? bfloat16.encode(value) : value;
}
