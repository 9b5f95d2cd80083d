import { argumentError } from "../errors/argumentError.js";
import { type DataType, type HostArrays, hostArray } from "../vocabulary/dataType.js";
import { rowsOf } from "./rows.js";
import type { TensorDescriptor } from "./tensorDescriptor.js";
import { typedArrayKind } from "./typedArrayKind.js";

/**
 * Values in storage order (as `Tensor.read` gives them) → values in logical order N, C, spatial…,
 * without gaps.
 * @throws BatchNormError `LENGTH_MISMATCH`
 */
export function storageToLogical<A extends Float32Array | Float64Array | Uint16Array>(
  descriptor: TensorDescriptor,
  storage: A,
): A {
  const call = "storageToLogical";
  checkLength(call, "storage", storage.length, descriptor.storageLength);
  const logical = sameKind(storage, descriptor.elementCount);
  const { starts, length, stride } = rowsOf(descriptor);
  let index = 0;
  for (const start of starts) {
    for (let i = 0; i < length; i++) logical[index++] = storage[start + i * stride];
  }
  return logical;
}

/**
 * Values in logical order → an array for `createTensor` or `Tensor.write`; gaps are 0.
 * @throws BatchNormError `LENGTH_MISMATCH`
 */
export function logicalToStorage<A extends Float32Array | Float64Array | Uint16Array>(
  descriptor: TensorDescriptor,
  logical: A,
): A {
  const call = "logicalToStorage";
  checkLength(call, "logical", logical.length, descriptor.elementCount);
  const storage = sameKind(logical, descriptor.storageLength);
  const { starts, length, stride } = rowsOf(descriptor);
  let index = 0;
  for (const start of starts) {
    for (let i = 0; i < length; i++) storage[start + i * stride] = logical[index++];
  }
  return storage;
}

function sameKind<A extends HostArrays[DataType]>(like: A, length: number): A {
  if (typedArrayKind(like) === "Float32Array") return hostArray("float32", length) as A;
  if (typedArrayKind(like) === "Float64Array") return hostArray("float64", length) as A;
  return hostArray("float16", length) as A;
}

function checkLength(call: string, argument: string, received: number, expected: number): void {
  if (received === expected) return;
  throw argumentError("LENGTH_MISMATCH", {
    call,
    argument,
    expected: `${expected} values`,
    received,
    receivedText: `${received} values`,
  });
}
