import type { DataType, Handler, Tensor, TensorSpec } from "@batchnorm/core";
import { createTensorDescriptor } from "@batchnorm/core";
import { check } from "../compare/conformanceError.js";
import { gapsOf, offsetsOf } from "../layout/offsets.js";

/** What the gaps of every tensor of the suite hold, so that a write into one is seen. */
export const GAP_VALUE = 77;

/** A tensor with these values, given in logical order; its gaps hold `GAP_VALUE`. */
export function createFilled<T extends DataType>(
  handler: Handler,
  spec: TensorSpec<T>,
  logical: ArrayLike<number>,
): Tensor<T> {
  return handler.createTensor(spec, toStorage(spec, logical));
}

/** Values in logical order → storage order, gaps filled. */
function toStorage(spec: TensorSpec, logical: ArrayLike<number>): Float64Array {
  const descriptor = createTensorDescriptor(spec);
  const storage = new Float64Array(descriptor.storageLength).fill(GAP_VALUE);
  offsetsOf(descriptor).forEach((offset, index) => {
    storage[offset] = logical[index];
  });
  return storage;
}

/** The values of a tensor in logical order. @throws ConformanceError if a gap was written */
export async function valuesOf(tensor: Tensor): Promise<Float64Array> {
  const { descriptor } = tensor;
  const storage = await tensor.read({ as: "float64" });
  if (!descriptor.packed) {
    for (const place of gapsOf(descriptor)) {
      const held = storage[place];
      check(held === GAP_VALUE, `the gap at storage place ${place} was overwritten with ${held}`);
    }
  }
  return offsetsOf(descriptor).map((offset) => storage[offset]);
}

/** A copy of everything the tensor's memory holds. */
export async function bytesOf(tensor: Tensor): Promise<Uint8Array> {
  const native = await tensor.read();
  return new Uint8Array(native.buffer, native.byteOffset, native.byteLength);
}
