import { rowsOf } from "./rows.js";
import type { TensorDescriptor } from "./tensorDescriptor.js";

/**
 * True if two indices share one place in memory. Nested strides (each dim steps over all smaller
 * ones) are decided at once; others by marking every place.
 */
export function hasSelfOverlap(descriptor: TensorDescriptor): boolean {
  if (descriptor.packed || descriptor.elementCount === 0 || isNested(descriptor)) return false;
  if (descriptor.elementCount > descriptor.storageLength) return true;
  const taken = new Uint8Array(descriptor.storageLength);
  const { starts, length, stride } = rowsOf(descriptor);
  for (const start of starts) {
    for (let i = 0; i < length; i++) {
      const place = start + i * stride;
      if (taken[place] === 1) return true;
      taken[place] = 1;
    }
  }
  return false;
}

function isNested({ dims, strides }: TensorDescriptor): boolean {
  const axes = dims.map((_, axis) => axis).filter((axis) => dims[axis] > 1);
  axes.sort((a, b) => strides[a] - strides[b]);
  let reach = 0;
  for (const axis of axes) {
    if (strides[axis] <= reach) return false;
    reach += (dims[axis] - 1) * strides[axis];
  }
  return true;
}
