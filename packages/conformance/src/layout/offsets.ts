import type { TensorDescriptor } from "@batchnorm/core";

const known = new WeakMap<TensorDescriptor, Float64Array>();

/** The place in storage of each element, in logical order N, C, spatial…: the definition, naively. */
export function offsetsOf(descriptor: TensorDescriptor): Float64Array {
  let offsets = known.get(descriptor);
  if (offsets === undefined) {
    offsets = computeOffsets(descriptor);
    known.set(descriptor, offsets);
  }
  return offsets;
}

/** Places in storage that hold no element. */
export function gapsOf(descriptor: TensorDescriptor): number[] {
  const isGap = new Uint8Array(descriptor.storageLength).fill(1);
  for (const offset of offsetsOf(descriptor)) isGap[offset] = 0;
  return Array.from(isGap.keys()).filter((place) => isGap[place] === 1);
}

function computeOffsets({ dims, strides }: TensorDescriptor): Float64Array {
  let offsets = Float64Array.of(0);
  dims.forEach((dim, axis) => {
    const outer = offsets;
    offsets = new Float64Array(outer.length * dim).map(
      (_, place) => outer[Math.floor(place / dim)] + (place % dim) * strides[axis],
    );
  });
  return offsets;
}
